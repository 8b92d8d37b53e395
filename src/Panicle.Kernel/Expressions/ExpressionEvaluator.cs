using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Expressions;

/// <summary>
/// Computes C expressions over the dead kernel's memory: <c>((struct task_struct *)0xffff888003f24180)->mm->pgd</c>,
/// <c>init_task.pid + 1</c>, <c>*current</c>, <c>$rip</c>.
/// </summary>
public sealed class ExpressionEvaluator
{
    private readonly ExpressionScope _scope;
    private readonly string _text;
    private readonly SymbolValues _symbols;
    private readonly ValueContext _context;

    private ExpressionEvaluator(ExpressionScope scope, string text, TypeCatalog? noTypes)
    {
        _scope = scope;
        _text = text;
        _context = noTypes is null ? scope.Kernel.Context : new ValueContext(scope.Kernel.Memory, noTypes, scope.Kernel.Limits);
        _symbols = new SymbolValues(scope);
    }

    /// <summary>Computes a C expression over the dump's variables and types.</summary>
    /// <param name="text">The expression in C.</param>
    /// <param name="scope">What its names refer to.</param>
    /// <exception cref="ExpressionException">It can't be understood, or a value in it can't be read.</exception>
    public static KernelValue Evaluate(string text, ExpressionScope scope)
    {
        var noTypes = WithoutTypes(scope.Kernel);
        var expression = new ExpressionParser(text, noTypes ?? scope.Kernel.NamedTypes).Parse();
        return new ExpressionEvaluator(scope, text, noTypes).Value(expression);
    }

    private static TypeCatalog? WithoutTypes(KernelDump kernel)
    {
        try
        {
            _ = kernel.Types;
            return null;
        }
        catch (KernelReadException why)
        {
            return new TypeCatalog(new TypesOfC(why.Message));
        }
    }

    private KernelValue Value(Expression expression)
    {
        try
        {
            return Compute(expression);
        }
        catch (KernelReadException failure)
        {
            // The innermost expression that failed is the one to point at.
            throw new ExpressionException(failure.Message, _text, expression.Position);
        }
    }

    private KernelValue Compute(Expression expression) => expression switch
    {
        NumberExpression number => Number(number.Value, Wide(Type(number.Type))),
        NameExpression name => _symbols.Find(name.Name),
        FileVariableExpression variable => _symbols.FindInFile(variable.File, variable.Name),
        UnaryExpression unary => Unary(unary),
        BinaryExpression { Operator: "&&" or "||" } logic => Logic(logic),
        BinaryExpression binary => Binary(binary),
        ConditionalExpression choice => Value(Value(choice.Condition).IsTrue ? choice.Yes : choice.No),
        CastExpression cast when cast.Type.Strip().IsBool => Number(Value(cast.Operand).IsTrue ? 1u : 0u, cast.Type),
        CastExpression cast => Value(cast.Operand).Cast(cast.Type),
        SizeOfTypeExpression size => Number(size.Type.Size, Type("unsigned long")),
        SizeOfExpression size => Number(Value(size.Operand).Type.Size, Type("unsigned long")),
        MemberExpression member => Value(member.Operand)[member.Name],
        IndexExpression index => Value(index.Operand)[Value(index.Index).ToInt64()],
        _ => throw new KernelReadException("this can't be computed"),
    };

    private KernelValue Unary(UnaryExpression unary)
    {
        var operand = unary.Operator == "&" ? Place(unary.Operand) : Value(unary.Operand);
        switch (unary.Operator)
        {
            case "*":
                return Dereference(operand);
            case "&":
                return operand.BitSize == 0
                    ? operand.AddressOf()
                    : throw new KernelReadException("a bit-field has no address of its own");
            case "!":
                return Number(operand.IsTrue ? 0u : 1u, Type("int"));
        }
        var type = Promote(operand);
        var value = operand.ToUInt64();
        return unary.Operator switch
        {
            "-" => Number(unchecked(0 - value), type),
            "~" => Number(~value, type),
            _ => Number(value, type),
        };
    }

    // Where a member lies can be said of a NULL pointer, too: &((struct x *)0)->y is y's offset.
    private KernelValue Place(Expression expression)
    {
        if (expression is not MemberExpression member)
            return Value(expression);
        var structure = Place(member.Operand);
        try
        {
            return (structure.Type.Strip().Kind == TypeKind.Pointer ? structure.Dereference() : structure)[member.Name];
        }
        catch (KernelReadException failure)
        {
            throw new ExpressionException(failure.Message, _text, member.Position);
        }
    }

    // gdb reads a word where a number is followed; so do we.
    private KernelValue Dereference(KernelValue operand) =>
        operand.Type.Strip().Kind is TypeKind.Int
            ? KernelValue.At(_context, Type("long"), operand.ToUInt64())
            : operand.Type.Strip().Kind is TypeKind.Function ? operand : operand.Dereference();

    private KernelValue Logic(BinaryExpression logic)
    {
        var left = Value(logic.Left).IsTrue;
        var isDecided = left == (logic.Operator == "||");
        return Number((isDecided ? left : Value(logic.Right).IsTrue) ? 1u : 0u, Type("int"));
    }

    private KernelValue Binary(BinaryExpression binary)
    {
        var left = Value(binary.Left);
        var right = Value(binary.Right);
        if (binary.Operator == "@")
            return KernelValue.At(_context,
                TypeCatalog.ArrayOf(left.Type, Math.Min(right.ToUInt64(), (ulong)_context.Limits.MaxElements)), left.Address);
        if (binary.Operator is "+" or "-" && TryPointerArithmetic(binary.Operator, left, right, out var pointer))
            return pointer;
        var type = Common(Promote(left), Promote(right));
        ulong a = Convert(left.ToUInt64(), type), b = Convert(right.ToUInt64(), type);
        return binary.Operator switch
        {
            "==" or "!=" or "<" or ">" or "<=" or ">=" =>
                Number(Compare(binary.Operator, a, b, type.IsSigned) ? 1u : 0u, Type("int")),
            "<<" or ">>" => Shift(binary.Operator, left, right),
            _ when _scope.IsWide && !Fits(binary.Operator, a, b) => throw TooWide(),
            _ => Number(Arithmetic(binary.Operator, a, b, type.IsSigned), type),
        };
    }

    private static KernelReadException TooWide() => new("the result doesn't fit in 64 bits");

    // A kernel's address is a large number or one below 0, as it suits: a result is wrong only if it fits as neither.
    private static bool Fits(string sign, ulong a, ulong b)
    {
        Int128 small = (long)a, other = (long)b, large = a;
        return sign switch
        {
            "+" => IsNarrow(small + other) || IsNarrow(large + b),
            "-" => IsNarrow(small - other) || IsNarrow(large - b),
            "*" => IsNarrow(small * other) || Math.BigMul(a, b, out _) == 0,
            _ => true,
        };

        static bool IsNarrow(Int128 value) => value >= long.MinValue && value <= ulong.MaxValue;
    }

    private bool TryPointerArithmetic(string sign, KernelValue left, KernelValue right, out KernelValue result)
    {
        var (leftTarget, rightTarget) = (TargetOf(left), TargetOf(right));
        result = default;
        if (leftTarget is null && (rightTarget is null || sign == "-"))
            return false;
        if (leftTarget is not null && rightTarget is not null)
        {
            if (sign != "-")
                throw new KernelReadException("two pointers can't be added");
            var distance = unchecked((long)(left.ToUInt64() - right.ToUInt64()));
            result = Number((ulong)(distance / (long)SizeOf(leftTarget)), Type("long"));
            return true;
        }
        var (pointer, target, index) = leftTarget is not null ? (left, leftTarget, right) : (right, rightTarget!, left);
        var step = unchecked(index.ToUInt64() * SizeOf(target));
        result = Number(
            unchecked(sign == "+" ? pointer.ToUInt64() + step : pointer.ToUInt64() - step), TypeCatalog.PointerTo(target));
        return true;
    }

    // As in gdb and gcc, what has no size counts as bytes.
    private static ulong SizeOf(KernelType type) => type.Size == 0 ? 1 : type.Size;

    private static KernelType? TargetOf(KernelValue value) =>
        value.Type.Strip() is { Kind: TypeKind.Pointer or TypeKind.Array } type ? type.Target : null;

    private KernelValue Shift(string direction, KernelValue left, KernelValue right)
    {
        var type = Promote(left);
        var value = left.ToUInt64();
        var by = right.ToUInt64();
        if (by >= type.Size * 8)
            throw new KernelReadException($"a shift by {by} is more than the {type.Size * 8} bits there are");
        if (_scope.IsWide && direction == "<<" && value << (int)by >> (int)by != value
            && (long)value << (int)by >> (int)by != (long)value)
            throw TooWide();
        return Number(
            direction == "<<" ? value << (int)by : type.IsSigned ? (ulong)((long)value >> (int)by) : value >> (int)by, type);
    }

    private static bool Compare(string comparison, ulong a, ulong b, bool isSigned)
    {
        var order = isSigned ? ((long)a).CompareTo((long)b) : a.CompareTo(b);
        return comparison switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            ">" => order > 0,
            "<=" => order <= 0,
            _ => order >= 0,
        };
    }

    private static ulong Arithmetic(string sign, ulong a, ulong b, bool isSigned)
    {
        if (sign is "/" or "%" && b == 0)
            throw new KernelReadException("division by zero");
        // The one signed division that overflows.
        var negate = isSigned && b == ulong.MaxValue;
        return unchecked(sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => negate ? 0 - a : isSigned ? (ulong)((long)a / (long)b) : a / b,
            "%" => negate ? 0 : isSigned ? (ulong)((long)a % (long)b) : a % b,
            "&" => a & b,
            "|" => a | b,
            _ => a ^ b,
        });
    }

    // C's integer promotion: what is narrower than int becomes int; pointers and arrays count as addresses.
    private KernelType Promote(KernelValue value)
    {
        var type = value.Type.Strip();
        return Wide(type.Kind switch
        {
            TypeKind.Int when type.Size >= 4 => type,
            TypeKind.Int => Type("int"),
            TypeKind.Enum => type.Size > 4
                ? Type(type.IsSigned ? "long" : "unsigned long")
                : Type(type.IsSigned ? "int" : "unsigned int"),
            TypeKind.Pointer or TypeKind.Array or TypeKind.Function => Type("unsigned long"),
            _ => throw new KernelReadException($"{value.Type.DisplayName()} is not a number"),
        });
    }

    // A long holds all that is narrower.
    private KernelType Wide(KernelType type) => _scope.IsWide && type.Size < 8 ? Type("long") : type;

    private static KernelType Common(KernelType a, KernelType b)
    {
        if (a.Size != b.Size)
            return a.Size > b.Size ? a : b;
        return a.IsSigned ? b : a;
    }

    private static ulong Convert(ulong value, KernelType type) =>
        type.Size != 4 ? value : type.IsSigned ? unchecked((ulong)(int)value) : (uint)value;

    private KernelValue Number(ulong value, KernelType type) => KernelValue.Number(_context, type, Convert(value, type.Strip()));

    private KernelType Type(string name) =>
        _context.Types.Required(name);
}
