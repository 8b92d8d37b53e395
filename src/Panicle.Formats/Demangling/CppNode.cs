using System.Text;

namespace Panicle.Formats.Demangling;

/// <summary>
/// A part of a C++ name. C's declarations wrap around what they declare (<c>int (*)[3]</c>), so that each has something to write
/// before the place of the declared name and something after it.
/// </summary>
internal abstract class CppNode
{
    /// <summary>Writes what stands before the name.</summary>
    public abstract void Before(CppWriter writer);

    /// <summary>Writes what stands after it.</summary>
    public virtual void After(CppWriter writer)
    {
    }

    /// <summary>Whether a pointer to it needs brackets around its star: functions and arrays.</summary>
    public virtual bool NeedsBrackets(CppWriter writer) => false;

    /// <summary>The last part of the name without template arguments, which constructors repeat; null if it has none.</summary>
    public virtual string? LastName => null;

    /// <summary>The parts that it consists of, for finding argument packs.</summary>
    public virtual IEnumerable<CppNode> Parts => [];

    /// <summary>What it stands for where it is written now: an element of a pack.</summary>
    public virtual CppNode Resolve(CppWriter writer) => this;
}

/// <summary>The text that a C++ name becomes. What it may cost is bounded.</summary>
internal sealed class CppWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private int _steps;
    private bool _isCut;

    /// <summary>The element of a pack that is written now, or −1 outside of an expansion.</summary>
    public int Element { get; set; } = -1;

    /// <summary>The last letter; none where something was taken back, as binutils has it too.</summary>
    public char Last => _text.Length > 0 && !_isCut ? _text[^1] : '\0';

    public int Length => _text.Length;

    public void Write(string text)
    {
        if (_text.Length + text.Length > NameDemangler.MostOutput)
            throw new FormatException();
        _text.Append(text);
        _isCut = false;
    }

    /// <summary>Writes a whole part.</summary>
    public void Write(CppNode node)
    {
        WriteBefore(node);
        WriteAfter(node);
    }

    public void WriteBefore(CppNode node)
    {
        Enter();
        node.Before(this);
        _depth--;
    }

    public void WriteAfter(CppNode node)
    {
        Enter();
        node.After(this);
        _depth--;
    }

    /// <summary>Writes a pack's element: packs inside of it have nothing to do with the expansion.</summary>
    public void WriteElement(CppNode node, bool isBefore)
    {
        var outer = Element;
        Element = -1;
        if (isBefore)
            WriteBefore(node);
        else
            WriteAfter(node);
        Element = outer;
    }

    /// <summary>Writes parts with commas between them; empty packs leave none.</summary>
    public void WriteList(IReadOnlyList<CppNode> nodes)
    {
        var isFirst = true;
        foreach (var node in nodes)
        {
            var start = Length;
            if (!isFirst)
                Write(", ");
            var before = Length;
            Write(node);
            if (Length == before)
                (_text.Length, _isCut) = (start, !isFirst);
            else
                isFirst = false;
        }
    }

    public override string ToString() => _text.ToString();

    private void Enter()
    {
        if (++_depth > NameDemangler.MostDepth * 4 || ++_steps > NameDemangler.MostSteps * 4)
            throw new FormatException();
    }
}

/// <summary>A name or a built-in type.</summary>
internal sealed class CppText(string text) : CppNode
{
    public override string? LastName => text;

    public override void Before(CppWriter writer) => writer.Write(text);
}

/// <summary>One of the abbreviations for names of the standard library; constructors show them in full.</summary>
internal sealed class CppAbbreviation(string text, string full, string last) : CppNode
{
    public override string? LastName => last;

    /// <summary>The name in full.</summary>
    public CppNode Full { get; } = new CppNamed(full, last);

    public override void Before(CppWriter writer) => writer.Write(text);

    private sealed class CppNamed(string text, string last) : CppNode
    {
        public override string? LastName => last;

        public override void Before(CppWriter writer) => writer.Write(text);
    }
}

/// <summary>A name with what follows it: an ABI tag.</summary>
internal sealed class CppTagged(CppNode name, string tag) : CppNode
{
    public override string? LastName => name.LastName;

    public override IEnumerable<CppNode> Parts => [name];

    public override void Before(CppWriter writer)
    {
        writer.Write(name);
        writer.Write($"[abi:{tag}]");
    }
}

/// <summary>A name inside of another: <c>std::vector</c>.</summary>
internal sealed class CppNested(CppNode scope, CppNode name) : CppNode
{
    public override string? LastName => name.LastName;

    public override IEnumerable<CppNode> Parts => [scope, name];

    public CppNode Name => name;

    public override void Before(CppWriter writer)
    {
        writer.Write(scope);
        writer.Write("::");
        writer.Write(name);
    }
}

/// <summary>A constructor or destructor.</summary>
internal sealed class CppStructor(string name, bool isDestructor) : CppNode
{
    public override string? LastName => name;

    public override void Before(CppWriter writer) => writer.Write(isDestructor ? "~" + name : name);
}

/// <summary>A conversion: <c>operator int</c>.</summary>
internal sealed class CppConversion(CppNode type) : CppNode
{
    public override IEnumerable<CppNode> Parts => [type];

    public override void Before(CppWriter writer)
    {
        writer.Write("operator ");
        writer.Write(type);
    }
}

/// <summary>A template with its arguments.</summary>
internal sealed class CppTemplate(CppNode name, IReadOnlyList<CppNode> arguments) : CppNode
{
    public override string? LastName => name.LastName;

    public override IEnumerable<CppNode> Parts => [name, .. arguments];

    public CppNode Name => name;

    public override void Before(CppWriter writer)
    {
        writer.Write(name);
        writer.Write(writer.Last == '<' ? " <" : "<");
        writer.WriteList(arguments);
        // Before C++11 two of them next to each other were a shift.
        writer.Write(writer.Last == '>' ? " >" : ">");
    }
}

/// <summary>Several arguments for one parameter.</summary>
internal sealed class CppPack(IReadOnlyList<CppNode> elements) : CppNode
{
    public int Count => elements.Count;

    public override IEnumerable<CppNode> Parts => elements;

    public override CppNode Resolve(CppWriter writer) =>
        writer.Element < 0 ? this : writer.Element < elements.Count ? elements[writer.Element] : throw new FormatException();

    public override bool NeedsBrackets(CppWriter writer) => writer.Element >= 0 && Resolve(writer).NeedsBrackets(writer);

    public override void Before(CppWriter writer)
    {
        if (writer.Element >= 0)
            writer.WriteElement(Resolve(writer), isBefore: true);
        else
            writer.WriteList(elements);
    }

    public override void After(CppWriter writer)
    {
        if (writer.Element >= 0)
            writer.WriteElement(Resolve(writer), isBefore: false);
    }
}

/// <summary>A pattern that is written once for each element of the pack in it.</summary>
internal sealed class CppExpansion(CppNode pattern) : CppNode
{
    public override IEnumerable<CppNode> Parts => [pattern];

    public override void Before(CppWriter writer)
    {
        if (PackIn(pattern, 0) is not { } pack)
        {
            writer.Write(pattern);
            writer.Write("...");
            return;
        }
        var outer = writer.Element;
        for (var i = 0; i < pack.Count; i++)
        {
            if (i > 0)
                writer.Write(", ");
            writer.Element = i;
            writer.Write(pattern);
        }
        writer.Element = outer;
    }

    private static CppPack? PackIn(CppNode node, int depth)
    {
        if (node is CppPack pack)
            return pack;
        if (node is CppExpansion && depth > 0 || depth > 24)
            return null;
        foreach (var part in node.Parts)
            if (PackIn(part, depth + 1) is { } found)
                return found;
        return null;
    }
}

/// <summary>A type with <c>const</c> and the like after it.</summary>
internal sealed class CppQualified(CppNode type, string qualifiers) : CppNode
{
    public override string? LastName => type.LastName;

    public override IEnumerable<CppNode> Parts => [type];

    public override bool NeedsBrackets(CppWriter writer) => type.NeedsBrackets(writer);

    public override void Before(CppWriter writer)
    {
        writer.WriteBefore(type);
        // What a parameter stands for may be const already.
        if (type.Resolve(writer) is not CppQualified inner || inner.Qualifiers != qualifiers)
            writer.Write(qualifiers);
    }

    public override void After(CppWriter writer) => writer.WriteAfter(type);

    private string Qualifiers => qualifiers;
}

/// <summary>A pointer or reference.</summary>
internal sealed class CppPointer(CppNode target, string mark) : CppNode
{
    public override IEnumerable<CppNode> Parts => [target];

    public override void Before(CppWriter writer)
    {
        var (to, sign, isElement) = Collapse(writer);
        Write(writer, to, isElement, isBefore: true);
        if (to.NeedsBrackets(writer))
            writer.Write(writer.Last is '(' or '*' or '&' or ' ' ? "(" : " (");
        writer.Write(sign);
    }

    public override void After(CppWriter writer)
    {
        var (to, _, isElement) = Collapse(writer);
        if (to.NeedsBrackets(writer))
            writer.Write(")");
        Write(writer, to, isElement, isBefore: false);
    }

    private static void Write(CppWriter writer, CppNode node, bool isElement, bool isBefore)
    {
        if (isElement)
            writer.WriteElement(node, isBefore);
        else if (isBefore)
            writer.WriteBefore(node);
        else
            writer.WriteAfter(node);
    }

    /// <summary>A reference to a reference is one: to an rvalue only if both are.</summary>
    private (CppNode Target, string Mark, bool IsElement) Collapse(CppWriter writer)
    {
        var (to, sign, isElement) = (target, mark, false);
        for (var i = 0; i < NameDemangler.MostDepth && mark[0] == '&' && to.Resolve(writer) is CppPointer inner
            && inner.Mark[0] == '&'; i++)
        {
            isElement |= to is CppPack;
            sign = sign == "&&" && inner.Mark == "&&" ? "&&" : "&";
            to = inner.Target;
        }
        return (to, sign, isElement);
    }

    private CppNode Target => target;

    private string Mark => mark;
}

/// <summary>A pointer to a member of a class.</summary>
internal sealed class CppMemberPointer(CppNode owner, CppNode member) : CppNode
{
    public override IEnumerable<CppNode> Parts => [owner, member];

    public override void Before(CppWriter writer)
    {
        writer.WriteBefore(member);
        writer.Write(!member.NeedsBrackets(writer) ? " " : writer.Last == ' ' ? "(" : " (");
        writer.Write(owner);
        writer.Write("::*");
    }

    public override void After(CppWriter writer)
    {
        if (member.NeedsBrackets(writer))
            writer.Write(")");
        writer.WriteAfter(member);
    }
}

internal sealed class CppArray(CppNode element, CppNode? length) : CppNode
{
    public override IEnumerable<CppNode> Parts => length is null ? [element] : [element, length];

    public override bool NeedsBrackets(CppWriter writer) => true;

    public override void Before(CppWriter writer) => writer.WriteBefore(element);

    public override void After(CppWriter writer)
    {
        if (writer.Last != ']')
            writer.Write(" ");
        writer.Write("[");
        if (length is not null)
            writer.Write(length);
        writer.Write("]");
        writer.WriteAfter(element);
    }
}

internal sealed class CppFunction(CppNode? result, IReadOnlyList<CppNode> parameters, string suffix) : CppNode
{
    public override IEnumerable<CppNode> Parts => result is null ? parameters : [result, .. parameters];

    public override bool NeedsBrackets(CppWriter writer) => true;

    public override void Before(CppWriter writer)
    {
        if (result is null)
            return;
        writer.WriteBefore(result);
        writer.Write(" ");
    }

    public override void After(CppWriter writer)
    {
        writer.Write("(");
        writer.WriteList(parameters);
        writer.Write(")");
        writer.Write(suffix);
        if (result is not null)
            writer.WriteAfter(result);
    }
}

/// <summary>A function with its name.</summary>
internal sealed class CppEncoding(CppNode name, CppFunction type) : CppNode
{
    public override string? LastName => name.LastName;

    public override IEnumerable<CppNode> Parts => [name, type];

    public override void Before(CppWriter writer)
    {
        writer.WriteBefore(type);
        writer.Write(name);
        writer.WriteAfter(type);
    }
}

/// <summary>Something with words before it, or another part after it.</summary>
internal sealed class CppJoined(params CppNode[] parts) : CppNode
{
    public override IEnumerable<CppNode> Parts => parts;

    public override string? LastName => parts[^1].LastName;

    public override void Before(CppWriter writer)
    {
        foreach (var part in parts)
            writer.Write(part);
    }
}
