# What drgn says about a dump, as JSON: for each task the addresses of its frames (those of inlined functions are no frames of
# their own), the modules, and the members of some types.
import json

from drgn import TypeKind
from drgn.helpers.linux.module import for_each_module
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.sched import task_state_to_char


def frames(task):
    try:
        return [frame.pc for frame in prog.stack_trace(task) if not frame.is_inline]
    except Exception:
        return None


# Each frame, those of inlined functions included: function, whether it was inlined, file and line (null without debug information).
def sources(task):
    try:
        trace = prog.stack_trace(task)
    except Exception:
        return None
    result = []
    for frame in trace:
        try:
            file, line, _ = frame.source()
        except LookupError:
            file = line = None
        result.append([frame.name, frame.is_inline, file, line])
    return result


def members(type_, offset):
    for member in type_.members or ():
        at = offset + member.bit_offset
        if member.name is None:
            yield from members(member.type, at)
        else:
            yield [member.name, at, member.bit_field_size or 0]


def layout(name):
    try:
        type_ = prog.type("struct " + name)
    except LookupError:
        return None
    return {"size": type_.size, "members": list(members(type_, 0))}


print(json.dumps({
    "release": prog["init_uts_ns"].name.release.string_().decode(),
    "tasks": [{
        "pid": task.pid.value_(),
        "tgid": task.tgid.value_(),
        "address": task.value_(),
        "command": task.comm.string_().decode(),
        "state": task_state_to_char(task),
        "frames": frames(task),
        "sources": sources(task),
    } for task in for_each_task(prog)],
    "crashed": {"pid": prog.crashed_thread().object.pid.value_(), "frames": [f.pc for f in prog.crashed_thread().stack_trace() if not f.is_inline]},
    "modules": [m.name.string_().decode() for m in for_each_module(prog)],
    "types": {name: layout(name) for name in TYPES},
}))
