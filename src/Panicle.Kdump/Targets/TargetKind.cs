namespace Panicle.Kdump.Targets;

/// <summary>The kinds of places that a dump can be sent to.</summary>
public enum TargetKind
{
    /// <summary>A directory of a local file system.</summary>
    Local,

    /// <summary>A partition or disk without a file system.</summary>
    Raw,

    /// <summary>A directory that an NFS server exports.</summary>
    Nfs,

    /// <summary>A server that takes files through SSH.</summary>
    Ssh,

    /// <summary>An FTP server, in passive mode.</summary>
    Ftp,

    /// <summary>A server that takes files by HTTP PUT.</summary>
    Http,

    /// <summary>An HTTP server over TLS, through the system's curl.</summary>
    Https,
}
