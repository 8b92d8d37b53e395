using System.Diagnostics;
using Panicle.Lab;

namespace Panicle.BadInput.Tests;

/// <summary>
/// Damage to the debug information of a real kernel module, its relocations included:
/// it costs what is damaged, never the session.
/// </summary>
public class ModuleDamageTests
{
    private const int Cases = 500;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>The lab's crash module, of every kernel that it was built for.</summary>
    public static TheoryData<string> Modules =>
        Environment.GetEnvironmentVariable("PANICLE_QUICK") is not null ? [] :
        [
            .. Matrix.ForTests.Where(cell =>
                cell is { Scenario.Name: "null-deref", Format.Name: "kdump-zstd", Exists: true }).Select(cell => cell.Name),
        ];

    /// <summary>Whatever is damaged, the rest is read, soon and without an exception.</summary>
    [Theory(SkipTestWithoutData = true), MemberData(nameof(Modules))]
    public void A_damaged_module_costs_what_is_damaged(string cell)
    {
        var module = Matrix.Find(cell).CrashModule;
        var whole = DebugInfoReader.Read(module);
        Assert.True(whole is { Lines: > 1000, Inlined: > 100, Members: > 1000, Variables: > 100, Callers: > 1000 }, $"{whole}");
        var damage = new DebugInfoDamage(module);
        Assert.Contains(".rela.debug_info", damage.Sections);

        var path = Path.GetTempFileName();
        var (withLines, withTypes, withVariables, withFrames) = (0, 0, 0, 0);
        try
        {
            for (var i = 0; i < Cases; i++)
            {
                var what = damage.Write(path, i);
                var found = Read(path, what);
                withLines += found.Lines > 0 ? 1 : 0;
                withTypes += found.Members > 0 ? 1 : 0;
                withVariables += found.Variables > 0 ? 1 : 0;
                withFrames += found.Callers > 0 ? 1 : 0;
            }
        }
        finally
        {
            File.Delete(path);
        }
        // The module is one source file: what a damage doesn't hit directly must still be there.
        Assert.True(
            withLines > Cases * 8 / 10 && withTypes > Cases * 8 / 10 && withVariables > Cases * 7 / 10
                && withFrames > Cases * 8 / 10,
            $"of {Cases} damaged modules {withLines} had lines, {withTypes} types, "
                + $"{withVariables} variables, {withFrames} frames");
    }

    private static DebugInfoReader.Found Read(string path, string what)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var found = DebugInfoReader.Read(path);
            Assert.True(clock.Elapsed < Longest, $"took {clock.Elapsed.TotalSeconds:f1} s");
            return found;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(what, e);
        }
    }
}
