using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Formats.Instructions;
using Panicle.Formats.Json;
using Panicle.Logs.Decoding;
using Panicle.Logs.Naming;
using Panicle.Logs.Reading;
using Panicle.Symbols;

namespace Panicle.Logs.Events;

/// <summary>Reads what an event's lines say.</summary>
internal sealed partial class OopsParser
{
    private readonly OpenEvent _event;
    private readonly List<(string Title, bool IsOwn, List<BacktraceFrame> Frames)> _traces = [];
    private readonly Dictionary<string, Address> _registers = [];
    private readonly List<string> _modules = [];
    private FrameStack _stack = FrameStack.Task;
    private BacktraceFrame? _instruction;
    private BacktraceFrame? _acquiring;
    private BacktraceFrame? _handler;
    private bool _expectsHandler;
    private string? _code;
    private string? _architecture;
    private string? _hardware;
    private string? _workqueue;
    private string? _release;
    private string? _taint;
    private ulong? _errorCode;
    private int? _cpu;
    private int? _pid;
    private string? _command;
    private bool _garbled;
    private BacktraceFrame? _held;
    private bool _expectsLock;
    private ulong? _failingAddress;
    private bool _isTraceOver;
    private bool _expectsTask;
    private BacktraceFrame? _link;
    private bool _isMips;

    private readonly OopsSymbols? _symbols;
    private readonly Func<string, IProcessor?>? _processors;

    private OopsParser(OpenEvent open, OopsSymbols? symbols, Func<string, IProcessor?>? processors) =>
        (_event, _symbols, _processors) = (open, symbols, processors);

    /// <summary>The event of these lines.</summary>
    public static OopsEvent Parse(
        OpenEvent open, string? bootRelease, OopsSymbols? symbols, Func<string, IProcessor?>? processors)
    {
        var parser = new OopsParser(open, symbols, processors);
        foreach (var line in open.Lines)
            symbols?.Observe(line.Text);
        var indent = Indent(open.Lines);
        foreach (var line in open.Lines)
            parser.Read(line.Text[Math.Min(Blanks(line.Text), indent)..]);
        return parser.Result(bootRelease);
    }

    // By how much the text stands indented, its headlines apart. A trace alone does so by one.
    private static int Indent(IReadOnlyList<LogLine> lines)
    {
        const int OfTraces = 1;
        var blanks = lines.Where(line => line.Text.Length > 0).Select(line => Blanks(line.Text)).ToList();
        var indented = blanks.FindAll(count => count > OfTraces);
        return indented.Count * 5 >= blanks.Count * 4 ? indented.DefaultIfEmpty().Min() : 0;
    }

    private static int Blanks(string text) => text.AsSpan().IndexOfAnyExcept(' ') is >= 0 and var blanks ? blanks : text.Length;

    private OopsEvent Result(string? bootRelease)
    {
        var match = _event.Match;
        var (also, alsoLine) = _event.Second is { } second ? (second.Match, second.Line.Text) : (Match.Empty, "");
        Group Told(string group) => match.Groups[group] is { Success: true } own ? own : also.Groups[group];
        var traces = _traces.Where(trace => trace.Frames.Count > 0)
            .Select(trace => new CallTrace(trace.Title, trace.Frames) { IsOwn = trace.IsOwn })
            .OrderBy(trace => trace.IsOwn ? 0 : 1).ToList();
        var named = match.Groups["f"].Success ? NamedIn(_event.Headline.Text, match)
            : also.Groups["f"].Success ? NamedIn(alsoLine, also) : null;
        var module = match.Groups["m"] is { Success: true } driver ? driver.Value : null;
        // A stack pointer that is none came with an instruction pointer that may be none, unless a trace says how it came there.
        var blame = _event.Rule.Kind == OopsKind.DoubleFault && traces.Count == 0 && _registers.TryGetValue("rsp", out var stack)
            && stack.Value >> 63 == 0 ? Blame.Nothing : _event.Rule.Blame;
        var culprit = Culprit.Find(
            _event.Rule.Kind, blame, new EventPlaces(named, Caller(traces) ?? _instruction, _acquiring, _held, Work(), traces)
            {
                Handler = _handler,
            });
        var fault = Number(Told("addr")) ?? _failingAddress ?? PageFaultAddress;
        var processor = _architecture is null ? null : _processors?.Invoke(_architecture);
        var code = processor is not null && _code is not null ? OpcodeLine.Parse(_code) : null;
        return new OopsEvent(
            _event.Rule.Kind, Title(_event.Rule.Part == HeadlinePart.Remark ? _event.Headline.Text[match.Index..]
                : _event.Headline.Text),
            culprit is { Function: { } name } ? FunctionName.Plain(name) : null,
            culprit is null ? module ?? NamelessModule(traces) : culprit.Module ?? module,
            culprit?.Location ?? (Told("file") is { Success: true } file ? file.Value : null), _event.FirstLine,
            _event.LastLine, _event.Count)
        {
            Seconds = _event.Headline.Seconds,
            FaultAddress = fault is { } address ? new Address(address) : null,
            ErrorCode = _errorCode,
            ErrorCodeMeaning = _errorCode is { } value
                && _event.Rule.Kind is OopsKind.PageFault or OopsKind.NullPointerDereference
                ? processor?.DescribePageFault(value) ?? FaultStatus.Describe(_architecture, value) : null,
            Cpu = _cpu ?? (int?)Decimal(Told("cpu")),
            Pid = _pid ?? (int?)Decimal(Told("pid")),
            Command = _command ?? (Told("comm") is { Success: true } command ? command.Value : null),
            Release = _release ?? bootRelease,
            Hardware = _hardware,
            Workqueue = _workqueue,
            Taint = _taint,
            TaintMeanings = _taint is null
                ? []
                : [.. Taint.All.Where(taint => _taint.Contains(taint.Letter)).Select(taint => taint.Meaning)],
            Architecture = _architecture,
            Instruction = _instruction,
            Registers = _registers,
            Traces = traces,
            Code = code?.Disassemble(processor!, _instruction),
            Access = code?.Access(
                processor!, name => _registers.TryGetValue(name, out var value) ? value.Value : null, fault)?.Text,
            Modules = _modules,
            Panicked = _event.Panicked,
            PanicMessage = _event.PanicMessage,
            IsGarbled = _garbled,
            IsCut = _event.WasInterrupted || (
                _event.Rule.Part is not (HeadlinePart.Line or HeadlinePart.Record or HeadlinePart.Remark)
                && !_event.HasBody && _event.Rule.Blame != Blame.Nothing),
        };
    }

    // A kernel without names for addresses may still know whose they are.
    private string? NamelessModule(List<CallTrace> traces) => _instruction is { Function: null, Module: { } module }
        ? module
        : traces.Where(trace => trace.IsOwn).SelectMany(trace => trace.Frames).FirstOrDefault() is { Function: null }
            ? traces[0].Frames.FirstOrDefault(frame => frame is { Function: null, Module: not null })?.Module : null;

    // Where the CPU is nowhere and no trace tells how it came there: the caller, which the link register has.
    private BacktraceFrame? Caller(List<CallTrace> traces) =>
        _instruction?.Function is null && _link is { Function: not null } && traces.TrueForAll(trace => !trace.IsOwn)
            ? _link with { IsReliable = true, IsException = true } : null;

    // "Workqueue: events_unbound crashme_work [crashme]".
    private BacktraceFrame? Work() => _workqueue?.Split(' ') is [_, var function, ..] words
        ? new BacktraceFrame { Function = function, Module = words.Length > 2 ? words[2].Trim('[', ']') : null } : null;

    // What was inlined stands before the function itself, which the trace has.
    private static BacktraceFrame? NamedIn(string text, Match match)
    {
        var name = match.Groups["f"];
        if (text.EndsWith("[inline]", StringComparison.Ordinal))
            return null;
        return TraceLine.FirstIn(text[name.Index..]) is { } frame && text.AsSpan(name.Index).StartsWith(frame.Function)
            ? frame with { IsReliable = true }
            : new BacktraceFrame { Function = name.Value };
    }

    // Without the frame that some headlines have, "[ INFO: possible circular locking dependency detected ]", but with a bracket
    // of their own, "soft lockup - CPU#1 stuck for 26s! [ksoftirqd/1:23]"; without the prompt of a shell on the same console.
    private static string Title(string text)
    {
        if (Prompt().Match(text) is { Success: true } prompt)
            text = text[prompt.Length..];
        var title = text.AsSpan().Trim(" =-");
        if (title.StartsWith('[') && title[1..].IndexOfAny('[', ']') is var inner && (inner < 0 || inner == title.Length - 2))
            title = title[1..].TrimEnd(']');
        else if (title.EndsWith(']') && !title.Contains('['))
            title = title[..^1];
        return title.Trim(" =-").ToString();
    }

    // "root@board:~# ", "[root@host ~]# ", "/ # ", "login: ".
    [GeneratedRegex(@"^(?:\[?[\w.-]+@[\w.-]+[: ][^\s#$]{0,80}\]?[#$] |[~/]\S{0,80} [#$] |(?:\S{1,64} )?login: )\s*(?=\S)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Prompt();

    private void Read(string text)
    {
        if (text.Contains("messages dropped", StringComparison.Ordinal))
            _garbled = true;
        if (TraceTitle().Match(text) is { Success: true } title)
        {
            _traces.Add((title.Value.Trim().TrimEnd(':'), !Foreign().IsMatch(title.Value), []));
            _isTraceOver = false;
            if (Historic().Match(text) is { Success: true } history && TraceLine.FirstIn(text[history.Length..]) is { } actor)
                _traces[^1].Frames.Add(Named(actor) with { IsReliable = true });
        }
        else if (text.StartsWith("---[ end trace", StringComparison.Ordinal)
            || text.StartsWith("Modules linked in", StringComparison.Ordinal))
            _isTraceOver = true;
        ReadContext(text);
        _isMips |= Mips().IsMatch(text);
        if (Link().Match(text) is { Success: true } link)
            _link ??= TraceLine.PlaceIn(text[link.Length..], _stack);
        if (Pointer().Match(text) is { Success: true } pointer)
        {
            ReadPointer(text, pointer);
            return;
        }
        if (LastFunction().Match(text) is { Success: true } last)
            _acquiring ??= new BacktraceFrame { Function = last.Groups["f"].Value };
        if (_expectsHandler)
            _handler ??= TakeHandler(text);
        if (_expectsLock)
            ReadAcquiring(text);
        else if (_held is null && text.TrimStart().StartsWith("#0: ", StringComparison.Ordinal)
            && At().Match(text) is { Success: true } at)
            _held = TraceLine.FirstIn(text[at.Index..]) is { } holder ? holder with { IsReliable = true } : null;
        if (AcquiringNext().IsMatch(text))
            _expectsLock = true;
        _expectsHandler |= text == "handlers:";
        if (TraceLine.TryParse(text, _stack, out var frame))
        {
            if (_traces.Count == 0)
                _traces.Add(("", true, []));
            var frames = _traces[^1].Frames;
            if (TraceLine.CalleeIn(text, _stack) is { } callee && (frames.Count == 0 || frames[^1].Function != callee.Function))
                frames.Add(Named(callee));
            frames.Add(Named(frame));
            return;
        }
        ReadFacts(text);
    }

    private void ReadContext(string text)
    {
        if (Context().Match(text) is not { Success: true } match)
            return;
        var name = match.Groups["n"].Value;
        _stack = match.Groups["end"].Success || name is "EOI" or "EOE" ? FrameStack.Task : FrameStack.Of(name);
    }

    // "RIP: 0010:f+0x1/0x2", "IP: [<..>] f+0x1/0x2", "pc : f+0x1/0x2", "PC is at f+0x1/0x2",
    // "NIP [c00..] f+0x1/0x2", "epc : f+0x1/0x2".
    private void ReadPointer(string text, Match pointer)
    {
        var kind = pointer.Groups["k"].Value;
        var isUser = pointer.Groups["cs"] is { Success: true } cs && cs.Value is "0033" or "0023" or "33" or "23" or "0073";
        if (isUser)
            return;
        if (TraceLine.PlaceIn(text[(pointer.Index + pointer.Length)..], _stack) is { } frame)
        {
            frame = Named(frame) with { IsReliable = true, IsException = true };
            _instruction ??= frame;
            // Within a trace it is where an interrupt or exception came; die() repeats the first one behind it.
            if (!_isTraceOver && _traces.Count > 0 && _traces[^1].Frames.Count > 0
                && !text.Contains("RSP", StringComparison.Ordinal))
                _traces[^1].Frames.Add(frame);
        }
        _architecture ??= kind switch
        {
            "RIP" => "x86-64",
            "EIP" => "x86-32",
            "pc" => "arm64",
            "PC is at" => "arm",
            "NIP" => "ppc64le",
            "epc" => _isMips ? "mips" : "riscv64",
            "Krnl PSW" => "s390x",
            _ => null,
        };
    }

    private BacktraceFrame Named(BacktraceFrame frame) => _symbols?.Name(frame) ?? frame;

    private void ReadAcquiring(string text)
    {
        var at = At().Match(text);
        if (TraceLine.FirstIn(at.Success ? text[at.Index..] : text) is not { } frame)
            return;
        _acquiring ??= frame with { IsReliable = true };
        _expectsLock = false;
    }

    // "[<0000000007b3a513>] example_irq_handler [example] threaded [<…>] example_irq_thread [example]".
    private static BacktraceFrame? TakeHandler(string text) =>
        HandlerLine().Match(text) is { Success: true } match
            ? new BacktraceFrame
            {
                Function = match.Groups["f"].Value,
                Module = match.Groups["m"] is { Success: true } module ? module.Value : null,
                IsReliable = true,
            }
            : null;

    [GeneratedRegex(@"^\s*\[<[^>]{1,20}>\] (?<f>[A-Za-z_.][\w.]*)(?:\+0x[0-9a-f]+/0x[0-9a-f]+)?(?: \[(?<m>[\w-]+)\])?",
        RegexOptions.CultureInvariant)]
    private static partial Regex HandlerLine();

    private void ReadFacts(string text)
    {
        ReadWho(text);
        if (text.StartsWith("Hardware name: ", StringComparison.Ordinal))
            _hardware ??= text["Hardware name: ".Length..].Trim();
        else if (text.StartsWith("Workqueue: ", StringComparison.Ordinal))
            _workqueue ??= text["Workqueue: ".Length..].Trim();
        else if (text.StartsWith("Modules linked in:", StringComparison.Ordinal))
            _modules.AddRange(text["Modules linked in:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .TakeWhile(word => !word.StartsWith('[')));
        else if (text.TrimStart().StartsWith("Code: ", StringComparison.Ordinal))
            _code ??= text.TrimStart()["Code: ".Length..].Trim();
        else if (FailingAddress().Match(text) is { Success: true } failing)
            _failingAddress ??= Number(failing.Groups["addr"]);
        else if (ErrorCode().Match(text) is { Success: true } error)
            _errorCode ??= Number(error.Groups["code"]);
        foreach (Match register in Register().Matches(text))
            _registers.TryAdd(register.Groups["n"].Value.ToLowerInvariant(), Number(register.Groups["v"]) ?? 0);
    }

    // The first line that says it is the event's own. A name without its number is nobody's who was told before.
    private void ReadWho(string text)
    {
        var isDumped = _expectsTask;
        _expectsTask = ContextLine.DumpedCpu(text) is { } dumped && (_cpu ??= dumped) == dumped;
        if ((isDumped ? ContextLine.OfTask(text) : ContextLine.Of(text)) is not { } who)
            return;
        if (_pid is null && _command is null)
            (_pid, _command) = (who.Pid, who.Command);
        else if (_command == who.Command)
            _pid ??= who.Pid;
        else if (who.Command is null || _command is null && _pid == who.Pid)
            (_pid, _command) = (_pid ?? who.Pid, _command ?? who.Command);
        _cpu ??= who.Cpu;
        _taint ??= who.Taint;
        _release ??= who.Release;
        _hardware ??= who.Hardware;
    }

    // CR2 holds the address of the last page fault: of some earlier one unless this is one.
    private ulong? PageFaultAddress =>
        _event.Rule.Kind is OopsKind.NullPointerDereference or OopsKind.PageFault or OopsKind.WildAccess or OopsKind.StackOverflow
        && _registers.TryGetValue("cr2", out var address) ? address : null;

    private static ulong? Number(Group value)
    {
        if (!value.Success)
            return null;
        var digits = value.ValueSpan.StartsWith("0x") ? value.ValueSpan[2..] : value.ValueSpan;
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static long? Decimal(Group value) =>
        value.Success && int.TryParse(value.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(
        @"^\s*(?:[Cc]all [Tt]race:|Call Trace \([^)]*\):|Backtrace:|backtrace(?: \([^)]*\))?:|stack backtrace:"
            + @"|NMI backtrace for cpu \d+.*|Allocated by task[^:]*:|Freed by task[^:]*:|Last potentially related work creation:"
            + @"|Second to last .*:|Uninit was (?:created|stored)[^:]*at:|(?:INFO: )?(?:Allocated|Freed) in .*|-> #\d+ .*"
            + @"|\.\.\. which became .*|the (?:first|second|existing|dependencies|shortest).*|.* state was registered at:"
            + @"|Kernel panic - .*|(?:read|write)(?: \(\w+\))? (?:to|of) .*bytes by .*:|Showing all locks.*|page last .*"
            + @"|RCU grace-period kthread stack dump:|Track: .*|Last breaking.*"
            + @"|(?:.*[Pp]reemption disabled|last enabled|softirqs last.*|hardirqs last.*) at:?.*|Local variable .*|Bytes? \d+.*"
            + @"|freed by task .*:|allocated by task .*:|kfence-#\d+.*|hardirqs last .*)",
        RegexOptions.CultureInvariant)]
    private static partial Regex TraceTitle();

    [GeneratedRegex(@"^\s*(?:INFO: )?(?:Allocated|Freed) in ", RegexOptions.CultureInvariant)]
    private static partial Regex Historic();

    // Traces of something before the event.
    [GeneratedRegex(
        @"^\s*(?:[Aa]llocated|[Ff]reed|Last potentially|Second to|Uninit|INFO: (?:Allocated|Freed)|-> #|\.\.\. which|the "
            + @"|.* state was registered|Showing|page last|RCU grace|Track|Local|.*[Pp]reemption disabled|last enabled|softirqs"
            + @"|kfence-#|hardirqs|Kernel panic)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Foreign();

    [GeneratedRegex(@"<(?<end>/)?(?<n>TASK|IRQ|NMI|SOFTIRQ|EOI|EOE|#[A-Z]+|ENTRY_TRAMPOLINE|[A-Z_]+_STACK)(?:[^>]*)>",
        RegexOptions.CultureInvariant)]
    private static partial Regex Context();

    [GeneratedRegex(@"(?:^|\s)(?<k>RIP|EIP|IP|PC is at|pc|NIP|epc|Krnl PSW|RIP)\s*:?\s(?:(?<cs>[0-9a-f]{2,4}):)?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pointer();

    // The return address in a register: MIPS, arm, arm64, powerpc.
    [GeneratedRegex(@"^\s*(?:ra\s*:|lr\s:|LR is at|LR(?= \[))\s", RegexOptions.CultureInvariant)]
    private static partial Regex Link();

    [GeneratedRegex(
        @"^(?:epc|ra) {2,}: [0-9a-f]{8}|^\$ ?\d+\s*: [0-9a-f]{8}|, epc == [0-9a-f]{8}|^BadVA\s*:", RegexOptions.CultureInvariant)]
    private static partial Regex Mips();

    // s390, riscv.
    [GeneratedRegex(@"^Failing address: (?<addr>[0-9a-f]{16})|\bbadaddr: (?<addr>[0-9a-f]{8,16})", RegexOptions.CultureInvariant)]
    private static partial Regex FailingAddress();

    [GeneratedRegex(@"last function: (?<f>\w+)", RegexOptions.CultureInvariant)]
    private static partial Regex LastFunction();

    [GeneratedRegex(@"\bat: ", RegexOptions.CultureInvariant)]
    private static partial Regex At();

    [GeneratedRegex(
        @"trying to (?:acquire|release|lock|take|contend)|\] takes:|with a lock still held there", RegexOptions.CultureInvariant)]
    private static partial Regex AcquiringNext();

    [GeneratedRegex(
        @"^(?:Oops: )?(?:Oops(?: - \w+)?|stack guard page|.*fault): (?<code>[0-9a-f]{4,16}) \[#\d+\]"
            + @"|^Internal error: .*: (?:0x)?(?<code>[0-9a-f]{1,16}) \[#\d+\]",
        RegexOptions.CultureInvariant)]
    private static partial Regex ErrorCode();

    [GeneratedRegex(
        @"\b(?<n>[RE](?:[A-D]X|[SD]I|[SB]P)|e(?:[a-d]x|[sd]i|[sb]p)|R(?:0[89]|1[0-5])|CR[0-4]|EFLAGS"
            + @"|x\d{1,2}|[slatg]\d{1,2}|sp|lr|fp|ra|gp|tp|r\d{1,2}|ip)\s?:\s?(?:\d{4}:)?(?<v>[0-9a-f]{8,16})\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex Register();
}
