namespace Panicle.Kernel.Fs;

/// <summary>A place in the tree of files (<c>struct path</c>): an entry of a directory, seen through a mount.</summary>
/// <param name="Mount">Address of the <c>vfsmount</c>.</param>
/// <param name="Dentry">Address of the <c>dentry</c>.</param>
public readonly record struct KernelPath(ulong Mount, ulong Dentry);
