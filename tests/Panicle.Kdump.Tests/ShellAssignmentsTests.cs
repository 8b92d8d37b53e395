using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Tests;

/// <summary>Files of shell assignments: what dash and bash make of them, without running them.</summary>
public class ShellAssignmentsTests
{
    [Theory]
    [InlineData("A=1; B=2", "A=1 B=2")]
    [InlineData("A=1 B=2", "A=1 B=2")]
    [InlineData("A=1;B=\"2 3\";", "A=1 B=2 3")]
    [InlineData("A=0; export A=1 B=$A/x; C=$A", "A=0 A=1 B=0/x C=1")] // Arguments are made before the command runs.
    [InlineData("readonly A=1", "A=1")]
    [InlineData("#A=\"x \\\nB=2", "B=2")] // A comment ends where its line does.
    [InlineData("A=1 # B=2 \\\nC=3", "A=1 C=3")]
    [InlineData("A=x#y", "A=x#y")]
    [InlineData("A=1\\\n2", "A=12")]
    [InlineData("A=\"1\\\n2\"", "A=12")]
    [InlineData("A='1\\\n2'", "A=1\\\n2")]
    [InlineData("A=\"1\n2\"; B=3", "A=1\n2 B=3")]
    [InlineData("A='it'\"'\"'s'", "A=it's")]
    [InlineData("A=\"\\$x \\\" \\n\"", "A=$x \" \\n")]
    [InlineData("A=a\\ b", "A=a b")]
    [InlineData("A=/x; B=\"${A}y\"; C='$A'", "A=/x B=/xy C=$A")]
    [InlineData("B=${A:-/var/crash}", "B=/var/crash")]
    [InlineData("A=\nB=\"${A:-/d}\"", "A= B=/d")]
    [InlineData("A=$", "A=$")]
    [InlineData("cat <<E > /dev/null; B=3\nA=1\nE\nC=$B", "B=3 C=3", true)] // The lines between are no assignments.
    [InlineData("A=; B=${A-x}${A:-y}", "A= B=y")]
    [InlineData("set -a\n[ -x /bin/true ]\nA=1 || true", "A=1")]
    [InlineData("A=1; unset A; B=$A.", "A=1 A= B=.")]
    public void Values_are_what_a_shell_makes_of_them(string text, string expected, bool hasRemarks = false)
    {
        var found = ShellAssignments.Read(text.Split('\n'), false, [], out var remarks);
        Assert.Equal(expected, string.Join(' ', found.Select(assignment => $"{assignment.Name}={assignment.Value}")));
        Assert.All(found, assignment => Assert.Null(assignment.WhyUnknown));
        Assert.Equal(hasRemarks, remarks.Count > 0);
    }

    [Theory]
    [InlineData("A=$(hostname)", "$(hostname) is a command")]
    [InlineData("A=\"/x/`uname -n`/y\"", "`uname -n` is a command")]
    [InlineData("A=$(echo \")\" $(date))/x", "is a command")]
    [InlineData("A=$((1+1))", "is a command")]
    [InlineData("A=~/dumps", "home directory")]
    [InlineData("A=${B%/*}", "more than a variable")]
    [InlineData("A=$1", "depends on who reads the file")]
    [InlineData("A=/var/crash\r\nB=2", "carriage return")]
    [InlineData("A=\"never\nends", "has no end")]
    [InlineData("A='never", "has no end")]
    [InlineData("if true; then\n  A=1\nfi", "in a condition")]
    [InlineData("case $X in\n  a) A=1 ;;\nesac", "in a condition")]
    [InlineData("for i in 1 2; do A=$i; done", "value of i isn't known")]
    [InlineData("for i in 1 2; do A=x; done", "in a condition")]
    [InlineData("for A in 1 2; do echo; done", "in a condition")]
    [InlineData("set -e; false; A=1", "changes how the shell reads")]
    [InlineData("f() { A=1; }", "in a condition")]
    [InlineData("(A=1)", "in a condition")]
    [InlineData("[ -e /x ] && A=1", "in a condition")]
    [InlineData("[ -e /x ] &&\n# then\n\nA=1", "in a condition")]
    [InlineData("A=1 &", "another process")]
    [InlineData("A=1 | cat", "another process")]
    [InlineData("A=x; A+=y", "bash alone")]
    [InlineData("A=(x y)\nB=1", "bash")]
    [InlineData("A=(x\ny)", "bash")]
    [InlineData("A=$'x\\ty'", "bash alone")]
    [InlineData("A=/crash/$HOSTNAME", "depends on who reads the file")]
    [InlineData(": ${A:=/x}", "depends on what it was before")]
    [InlineData("A=1 command", "doesn't run")]
    [InlineData("declare A=1", "doesn't run")]
    [InlineData("[ -r /x ] || exit 0\nA=1", "may end the file")]
    [InlineData("A=1; read A < /x", "set by a command")]
    [InlineData("A=1; read -r B A", "set by a command")]
    [InlineData("A=1; while read -r A; do :; done < /x", "set by a command")]
    [InlineData("A=1; getopts ab: A", "set by a command")]
    [InlineData("A=1; command -p read \"A\"", "set by a command")]
    [InlineData("A=1; \\read A", "set by a command")]
    [InlineData("A=1; IFS=: read A", "set by a command")]
    [InlineData("A=1; printf -v A %s x", "set by a command")]
    [InlineData("A=1; printf -vA %s x", "set by a command")]
    [InlineData("A=1; mapfile -t A < /x", "set by a command")]
    [InlineData("A=1; let 'A += 1'", "set by a command")]
    [InlineData("A=1; typeset A", "set by a command")]
    [InlineData("A=1; local A", "set by a command")]
    [InlineData("A=1; : $((A = 5))", "depends on what it was before")]
    [InlineData("A=1; B=${C:-${A:=x}}", "depends on what it was before")]
    [InlineData("alias x=y; A=1", "changes how the shell reads")]
    [InlineData("trap x EXIT; A=1", "changes how the shell reads")]
    [InlineData("B=/x; eval B=/y; A=$B", "value of B isn't known")]
    [InlineData(". /x; A=/crash/$B", "value of B isn't known")]
    [InlineData("read B; A=/crash/$B", "value of B isn't known")]
    [InlineData("read; A=/crash/$REPLY", "depends on who reads the file")]
    [InlineData("exec > /log; A=1", "may end the file")]
    [InlineData("exit | cat; A=1", "may end the file")]
    public void What_needs_the_file_to_be_run_is_unknown_and_says_why(string text, string why)
    {
        var found = ShellAssignments.Read(text.Split('\n'), false, [], out var remarks);
        var assignment = found.Last(assignment => assignment.Name == "A");
        Assert.Contains(why, assignment.WhyUnknown, StringComparison.Ordinal);
        Assert.Equal("", assignment.Value);
        Assert.NotEmpty(remarks);
    }

    [Fact]
    public void What_an_unknown_value_goes_into_is_unknown_too()
    {
        var found = ShellAssignments.Read(["A=$(date)", "B=/x/$A", "A=2", "C=$A"], false, [], out var remarks);
        Assert.Equal([false, false, true, true], found.Select(assignment => assignment.WhyUnknown is null));
        Assert.Equal([1, 2], remarks.Select(remark => remark.Line));
    }

    [Fact]
    public void A_condition_leaves_what_it_may_have_set_unknown()
    {
        var found = ShellAssignments.Read(["A=1", "if x; then A=2; fi", "B=$A"], false, [], out _);
        Assert.NotNull(found.Single(assignment => assignment.Name == "B").WhyUnknown);
    }

    [Theory]
    [InlineData("echo hello", 1, "'echo hello' is no assignment")]
    [InlineData("A=1\n. /etc/other", 2, "'. /etc/other' is no assignment")]
    [InlineData("A=1 command", 1, "is no assignment")]
    [InlineData("A=1\nexit 0\nA=2", 2, "ends the file")]
    [InlineData("X_PASSWORD = hunter2", 1, "'X_PASSWORD …' is no assignment")]
    [InlineData("run FTP_PASSWORD=hunter2", 1, "'run FTP_PASSWORD=…' is no assignment")]
    [InlineData("B=\"x\ny\"\nA=$UNSET", 3, "UNSET is set nowhere before")]
    public void What_is_no_assignment_is_told_with_its_line(string text, int line, string message)
    {
        ShellAssignments.Read(text.Split('\n'), false, [], out var remarks);
        var remark = Assert.Single(remarks);
        Assert.Equal(line, remark.Line);
        Assert.Contains(message, remark.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("((A++))")]
    [InlineData("(( A -= 1 ))")]
    [InlineData("select A in x y; do break; done")]
    [InlineData("echo x {A}>/x")]
    [InlineData("coproc A { cat; }")]
    [InlineData("readarray -t A[0]")]
    [InlineData("{read,A} < /x")]
    [InlineData("let A++")]
    public void What_only_bash_sets_so_is_unknown(string command)
    {
        var found = ShellAssignments.Read(["A=1", command], true, ["A"], out _);
        Assert.NotNull(found.Last(one => one.Name == "A").WhyUnknown);
    }

    [Theory]
    [InlineData("read B < /x")]
    [InlineData("printf '%s' hello")]
    [InlineData("logger -t kdump hello")]
    [InlineData("f() { B=2; }")]
    public void What_a_command_does_not_set_stays_known(string command)
    {
        var found = ShellAssignments.Read(["A=1", command], false, ["A", "B"], out _);
        Assert.Null(found.Last(one => one.Name == "A").WhyUnknown);
    }

    [Fact]
    public void Bash_adds_to_a_value()
    {
        var found = ShellAssignments.Read(["A=x", "A+=\" y\"; B=$A"], true, [], out var remarks);
        Assert.Equal(["x", "x y", "x y"], found.Select(assignment => assignment.Value));
        Assert.Empty(remarks);
    }

    [Theory]
    [InlineData(". /etc/other", true)]
    [InlineData("export $(cat /etc/other)", true)]
    [InlineData("eval \"A=2\"", true)]
    [InlineData("if true; then . /etc/other; fi", true)]
    [InlineData("echo \"never ends", true)]
    [InlineData("if true; then # never", true)]
    [InlineData("readonly A; A=2 # never", true)]
    [InlineData(") # never", true)]
    [InlineData("f() { A=2; }; A=1; f", true)]
    [InlineData("$X; A=1; $X", true)]
    [InlineData("alias x=\"A=2\" # never", true)]
    [InlineData("trap 'A=2' EXIT # never", true)]
    [InlineData("command . /etc/other", true)]
    [InlineData("\"eval\" A=2", true)]
    [InlineData("read $(cat /etc/names)", true)]
    [InlineData("N=A; read $N", true)]
    [InlineData("echo hello", false)]
    public void What_another_file_may_set_is_unknown(string command, bool isUnknown)
    {
        var found = ShellAssignments.Read(["A=1", "C=1", command, "C=3"], false, ["A", "B", "C"], out _);
        var last = found.GroupBy(one => one.Name).ToDictionary(group => group.Key, group => group.Last());
        Assert.Equal(isUnknown, last["A"].WhyUnknown is not null);
        Assert.Equal(isUnknown, last.ContainsKey("B"));
        Assert.Equal(command.Contains("never", StringComparison.Ordinal), last["C"].WhyUnknown is not null);
    }

    [Fact]
    public void Long_values_in_many_lines_end()
    {
        List<string> lines = [$"A={new string('x', 8000)}", .. Enumerable.Repeat("B=$A", 20_000), "C=1"];
        var found = ShellAssignments.Read(lines, false, [], out _);
        Assert.InRange(found.Sum(assignment => assignment.Value.Length), 8000, 1 << 23);
        Assert.NotNull(found[^2].WhyUnknown);
    }

    [Fact]
    public void A_line_of_many_assignments_ends() =>
        Assert.Equal(60_000, ShellAssignments.Read([string.Concat(Enumerable.Repeat("A=1 ", 60_000))], false, [], out _).Count);

    [Fact]
    public void Values_that_double_each_other_end()
    {
        List<string> lines = ["A=0123456789", .. Enumerable.Repeat("A=\"$A$A\"", 60)];
        var found = ShellAssignments.Read(lines, false, [], out _);
        Assert.Equal(61, found.Count);
        Assert.All(found, assignment => Assert.InRange(assignment.Value.Length, 0, 1 << 17));
        Assert.NotNull(found[^1].WhyUnknown);
    }
}
