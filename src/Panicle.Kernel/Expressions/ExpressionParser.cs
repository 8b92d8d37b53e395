using Panicle.Symbols;

namespace Panicle.Kernel.Expressions;

/// <summary>C's expression grammar by recursive descent, without assignment, calls and strings; its depth is bounded.</summary>
internal sealed class ExpressionParser
{
    private const int MaxDepth = 200;

    // By rising precedence; '@' binds as tightly as '*', as in gdb.
    private static readonly string[][] Levels =
    [
        ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="], ["<<", ">>"], ["+", "-"], ["*", "/", "%", "@"],
    ];

    private readonly TypeCatalog _types;
    private readonly string _text;
    private readonly List<Token> _tokens;
    private int _next;
    private int _depth;

    public ExpressionParser(string text, TypeCatalog types)
    {
        _types = types;
        _text = text;
        _tokens = Lexer.Tokenize(text);
    }

    private Token Current => _tokens[_next];

    /// <summary>Parses the whole text.</summary>
    public Expression Parse()
    {
        var expression = Conditional();
        return Current.Kind == TokenKind.End ? expression : throw Unexpected();
    }

    private Expression Conditional()
    {
        Enter();
        var condition = Binary(0);
        if (Current.Is("?"))
        {
            var position = Take().Position;
            var yes = Conditional();
            Expect(":");
            condition = new ConditionalExpression(position, condition, yes, Conditional());
        }
        _depth--;
        return condition;
    }

    private Expression Binary(int level)
    {
        if (level == Levels.Length)
            return Unary();
        var left = Binary(level + 1);
        while (Current.Kind == TokenKind.Operator && Levels[level].Contains(Current.Text))
        {
            var token = Take();
            left = new BinaryExpression(token.Position, token.Text, left, Binary(level + 1));
        }
        return left;
    }

    private Expression Unary()
    {
        Enter();
        var token = Current;
        Expression result;
        if (token.Kind == TokenKind.Operator && token.Text is "-" or "+" or "!" or "~" or "*" or "&")
        {
            _next++;
            result = new UnaryExpression(token.Position, token.Text, Unary());
        }
        else if (token.Is("sizeof"))
            result = SizeOf();
        else if (token.Is("(") && TryTypeInParentheses(out var type))
            result = new CastExpression(token.Position, type, Unary());
        else
            result = Postfix();
        _depth--;
        return result;
    }

    private Expression SizeOf()
    {
        var position = Take().Position;
        return Current.Is("(") && TryTypeInParentheses(out var type)
            ? new SizeOfTypeExpression(position, type)
            : new SizeOfExpression(position, Unary());
    }

    private Expression Postfix()
    {
        var operand = Primary();
        while (true)
        {
            var token = Current;
            if (token.Is(".") || token.Is("->"))
            {
                _next++;
                var name = Take();
                if (name.Kind != TokenKind.Name)
                    throw new ExpressionException("a member's name should stand here", _text, name.Position);
                operand = new MemberExpression(name.Position, operand, name.Text);
            }
            else if (token.Is("["))
            {
                _next++;
                operand = new IndexExpression(token.Position, operand, Conditional());
                Expect("]");
            }
            else if (token.Is("("))
                throw new ExpressionException("functions of a dead kernel can't be called", _text, token.Position);
            else if (
                token.Kind == TokenKind.Operator && (token.Text is "=" or "++" or "--" || token.Text is [_, '='] or [_, _, '=']
                && token.Text is not ("==" or "!=" or "<=" or ">=")))
                throw new ExpressionException("a dump isn't changed; did you mean '=='?", _text, token.Position);
            else
                return operand;
        }
    }

    private Expression Primary()
    {
        var token = Current;
        if (token.Kind == TokenKind.End || (token.Kind == TokenKind.Operator && token.Text != "("))
            throw Unexpected();
        _next++;
        switch (token.Kind)
        {
            case TokenKind.Number:
                return new NumberExpression(token.Position, token.Number, token.NumberType);
            case TokenKind.Name when token.Text is "struct" or "union" or "enum":
                throw new ExpressionException(
                    "a type alone is no value; put it in parentheses before one to cast it", _text, token.Position);
            case TokenKind.Name:
                return new NameExpression(token.Position, token.Text);
            case TokenKind.File:
                Expect("::");
                var name = Take();
                return name.Kind == TokenKind.Name
                    ? new FileVariableExpression(name.Position, token.Text.Trim('\''), name.Text)
                    : throw new ExpressionException("a variable's name should stand here", _text, name.Position);
            default:
                var inner = Conditional();
                Expect(")");
                return inner;
        }
    }

    /// <summary>Reads <c>(type)</c>; false, with nothing taken, if the parentheses hold something else.</summary>
    private bool TryTypeInParentheses(out KernelType type)
    {
        type = null!;
        var first = _tokens[_next + 1];
        if (first.Kind != TokenKind.Name)
            return false;
        var close = _next + 1;
        while (_tokens[close].Kind != TokenKind.End && !_tokens[close].Is(")"))
            close++;
        if (_tokens[close].Kind == TokenKind.End)
            return false;
        var isCertain = first.Text is "struct" or "union" or "enum" or "unsigned" or "signed" or "const" or "volatile";
        var text = _text[first.Position.._tokens[close].Position];
        var onlyTypeWords = _tokens[(_next + 1)..close].TrueForAll(token => token.Kind == TokenKind.Name
            || token.Text is "*" or "[" or "]" || token.Kind == TokenKind.Number);
        if (!onlyTypeWords || _types.Parse(text) is not { } found)
            return isCertain
                ? throw new ExpressionException($"this kernel has no type '{text.Trim()}'", _text, first.Position)
                : false;
        // As in C a tag alone is no type: (rcu_state) is the variable. Before a star it can be nothing else.
        if (!isCertain && found.Kind is TypeKind.Struct or TypeKind.Union or TypeKind.Enum or TypeKind.Forward or TypeKind.Array)
            return false;
        type = found;
        _next = close + 1;
        return true;
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
            throw new ExpressionException("the expression is nested too deeply", _text, Current.Position);
    }

    private Token Take() => Current.Kind == TokenKind.End ? Current : _tokens[_next++];

    private void Expect(string text)
    {
        if (!Current.Is(text))
            throw new ExpressionException($"'{text}' should stand here", _text, Current.Position);
        _next++;
    }

    private ExpressionException Unexpected() => Current.Kind == TokenKind.End
        ? new ExpressionException("the expression ends early", _text, Current.Position)
        : new ExpressionException($"'{Current.Text}' can't stand here", _text, Current.Position);
}
