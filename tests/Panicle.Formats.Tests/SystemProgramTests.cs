using Panicle.Formats.Files;

namespace Panicle.Formats.Tests;

public sealed class SystemProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panicle-test").FullName;

    public SystemProgramTests()
    {
        var path = Path.Combine(_folder, "panicle-helper");
        File.WriteAllText(path, "#!/bin/sh\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(_folder, "no-program"), "");
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), _folder);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_systems_directories_come_first() => Assert.Matches("^/(usr/)?s?bin/cat$", SystemProgram.Find("cat"));

    [Fact]
    public void A_directory_of_the_PATH_is_taken_unless_it_is_the_current_one()
    {
        var found = Path.Combine(_folder, "panicle-helper");
        Assert.Equal(found, SystemProgram.Find("panicle-helper", $"/nope:{_folder}", "/"));
        foreach (var path in (string?[])[
            null, "", ".", ":", "..", "./x", _folder, $"{_folder}/", $"{_folder}/link", "/proc/self/cwd"])
            Assert.Null(SystemProgram.Find("panicle-helper", path, _folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../bin/cat")]
    [InlineData("/bin/cat")]
    [InlineData("no-program")]
    public void What_is_no_name_of_a_program_is_not_found(string name) => Assert.Null(SystemProgram.Find(name, _folder, "/"));

    [Theory]
    [InlineData("/dev/null", FileKind.CharacterDevice, true)]
    [InlineData("/dev/zero", FileKind.CharacterDevice, false)]
    [InlineData("/", FileKind.Directory, false)]
    [InlineData("/proc/self/exe", FileKind.Regular, false)]
    [InlineData("/no such file", null, null)]
    public void Kinds_of_files_are_told_without_opening_them(string path, FileKind? kind, bool? isNull) =>
        Assert.Equal((kind, isNull), (FileStatus.Of(path)?.Kind, FileStatus.Of(path)?.IsNull));
}
