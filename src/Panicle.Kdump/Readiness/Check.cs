using Panicle.Kdump.Configuration;
using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Readiness;

/// <summary>What checks look at, read once.</summary>
internal sealed class CheckContext(SystemRoot root)
{
    public SystemRoot Root => root;

    public Machine Machine { get; } = Machine.Read(root);

    public EffectiveConfiguration Configuration { get; } = EffectiveConfiguration.Read(root);

    public KexecState Kexec { get; } = KexecState.Read(root);

    public KernelConfig Kernel { get; } = KernelConfig.Read(root);
}

/// <summary>One thing that a capture depends on.</summary>
internal abstract class Check
{
    /// <summary>What its lines are called, most of them.</summary>
    public abstract string Name { get; }

    /// <summary>Looks at it. None, one or several lines.</summary>
    public abstract IEnumerable<CheckResult> Run(CheckContext context);
}
