using System.Buffers.Binary;
using Panicle.Dumps;
using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>
/// A C program that really ran until it touched address 0, with the registers of that moment and its memory: its handler of
/// SIGSEGV writes them to a file.
/// </summary>
internal sealed class StoppedProgram : IDisposable
{
    private const string Prologue = """
        #define _GNU_SOURCE
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <ucontext.h>
        extern char __data_start[], _end[];
        static char **top; /* lies above every frame */
        static void stopped(int number, siginfo_t *info, void *context)
        {
            greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
            FILE *file = fopen(top[1], "w");
            unsigned long stack = r[REG_RSP] - 256, size = (unsigned long)top - stack, data = (unsigned long)__data_start, length = _end - __data_start;
            greg_t known[] = { r[REG_RAX], r[REG_RDX], r[REG_RCX], r[REG_RBX], r[REG_RSI], r[REG_RDI], r[REG_RBP], r[REG_RSP], r[REG_R8],
                r[REG_R9], r[REG_R10], r[REG_R11], r[REG_R12], r[REG_R13], r[REG_R14], r[REG_R15], r[REG_RIP] };
            fwrite(known, sizeof known, 1, file);
            fwrite(&stack, 8, 1, file); fwrite(&size, 8, 1, file); fwrite((void *)stack, size, 1, file);
            fwrite(&data, 8, 1, file); fwrite(&length, 8, 1, file); fwrite((void *)data, length, 1, file);
            fclose(file);
            _Exit(0);
        }
        static void catch_stop(char **argv)
        {
            struct sigaction action = { .sa_sigaction = stopped, .sa_flags = SA_SIGINFO };
            char room[16384];
            memset(room, 1, sizeof room);
            __asm__ volatile("" :: "r"(room) : "memory");
            top = argv;
            sigaction(SIGSEGV, &action, 0);
        }
        #define STOP() __asm__ volatile("movl $1, 0" ::: "memory")

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("panicle-stopped-").FullName;

    public StoppedProgram(string source, string options)
    {
        var (c, program, output) = (
            Path.Combine(_folder, "stopped.c"), Path.Combine(_folder, "stopped"), Path.Combine(_folder, "memory"));
        File.WriteAllText(c, Prologue + source);
        var arguments = $"{options} -no-pie -fno-ipa-ra -fcf-protection=none -o {program} {c}";
        Tool.Run(_folder, "gcc", arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Tool.Run(_folder, program, output);
        Debug = DwarfFile.TryOpen(program, Limits.Default, out var why) ?? throw new InvalidOperationException(why);
        var bytes = File.ReadAllBytes(output);
        var registers = new ulong?[17];
        for (var i = 0; i < registers.Length; i++)
            registers[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8 * i));
        var memory = new FakeMemory();
        for (var at = 8 * registers.Length; at < bytes.Length;)
        {
            var address = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at + 8));
            memory.Add(address, bytes.AsSpan(at + 16, length).ToArray());
            at += 16 + length;
        }
        Memory = memory;
        Frame = new State(this, registers, isExact: true, callee: null);
    }

    public DwarfFile Debug { get; }

    public IMemory Memory { get; }

    /// <summary>The frame of the code that stopped.</summary>
    public State Frame { get; }

    public DwarfFrames Frames => field ??= new DwarfFrames(Debug, X86Registers.Dwarf);

    public DwarfLocals Locals => field ??= new DwarfLocals(new DwarfTypes(Debug));

    public void Dispose()
    {
        Debug.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A frame of the program.</summary>
    internal sealed class State(StoppedProgram program, ulong?[] registers, bool isExact, State? callee) : IFrameState
    {
        public IMemory Memory => program.Memory;

        public DwarfRegisters Registers => X86Registers.Dwarf;

        public ulong Address => registers[16]!.Value;

        public ulong LookupAddress => isExact ? Address : Address - 1;

        public State Caller => field ??= new State(program, program.Frames.Unwind(LookupAddress, this)!, isExact: false, this);

        public ulong? Register(int number) => number < registers.Length ? registers[number] : null;

        public ulong? FrameAddress => program.Frames.FrameAddress(LookupAddress, this);

        public ulong? EntryRegister(int number) =>
            program.Locals.EntryRegister(program.Locals.FunctionAt(LookupAddress), Caller.Address, Caller, number);

        public IReadOnlyList<FunctionLocals> Functions => program.Locals.Find(LookupAddress, this);

        public State? Callee => callee;
    }
}
