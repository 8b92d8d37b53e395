using System.Text.Json.Serialization;

namespace Panicle.Kdump.Initramfs;

/// <summary>A file of the initramfs.</summary>
/// <param name="Path">Where it lies in there.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="For">What it is there for.</param>
public sealed record InitramfsFile(string Path, long Size, string For)
{
    /// <summary>The bytes of the file; empty for a directory or a link.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Whether it is a program or a library.</summary>
    [JsonIgnore]
    public bool IsExecutable { get; init; }

    /// <summary>Whether nobody but root may read it.</summary>
    [JsonIgnore]
    public bool IsPrivate { get; init; }
}
