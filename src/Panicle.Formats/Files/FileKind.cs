namespace Panicle.Formats.Files;

/// <summary>What a name in a file system stands for (inode(7)).</summary>
public enum FileKind
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>A file with a length, which can be read again.</summary>
    Regular,

    /// <summary>A directory: a list of names.</summary>
    Directory,

    /// <summary>A symbolic link, where it was asked about itself and not about what it leads to.</summary>
    Link,

    /// <summary>A disk, a partition or what stands for one.</summary>
    BlockDevice,

    /// <summary>A terminal, <c>/dev/null</c>, <c>/dev/mem</c>.</summary>
    CharacterDevice,

    /// <summary>A pipe; opening it may wait for ever.</summary>
    Pipe,

    /// <summary>A socket, by which processes reach each other.</summary>
    Socket,
}
