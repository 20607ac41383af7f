using System.Reflection;
using System.Reflection.Emit;

namespace Aeterna.Tests.Support;

/// <summary>What the compiled code of the engine's assemblies uses, read from its inheritance, signatures and instructions (not from attributes).</summary>
internal static class CompiledCode
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> _codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);

    /// <summary>What decides, and may not act.</summary>
    public static Assembly Machine { get; } = typeof(Aeterna.Machine.ReloadMachine).Assembly;

    /// <summary>All that the engine is made of, from the bottom to the top.</summary>
    public static IReadOnlyList<Assembly> Engine { get; } =
        [typeof(Aeterna.Contract.ExitCode).Assembly, typeof(Aeterna.Linux.Errno).Assembly, Machine, typeof(EngineHost).Assembly];

    /// <summary>Which type of the engine uses which; both are the outermost ones.</summary>
    public static IEnumerable<(Type User, Type Used)> Uses() =>
        Engine.SelectMany(assembly => assembly.GetTypes()).SelectMany(type => UsedBy(type).SelectMany(Parts).Where(used => Engine.Contains(used.Assembly))
            .Select(used => (Outermost(type), Outermost(used)))).Distinct();

    /// <summary>Which methods are called from which type, the outermost one; those of other assemblies too.</summary>
    public static IEnumerable<(Type User, MethodBase Called)> Calls(params IEnumerable<Assembly> assemblies) =>
        assemblies.SelectMany(assembly => assembly.GetTypes()).SelectMany(type => Bodies(type).SelectMany(Members).OfType<MethodBase>().Select(called => (Outermost(type), called)));

    private static IEnumerable<Type> UsedBy(Type type) =>
    [
        .. type.BaseType is { } above ? [above] : Type.EmptyTypes,
        .. type.GetInterfaces(),
        .. type.GetFields(All).Select(f => f.FieldType),
        .. type.GetMethods(All).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)),
        .. Bodies(type).SelectMany(method => method.GetMethodBody()?.LocalVariables.Select(l => l.LocalType) ?? []),
        .. Bodies(type).SelectMany(Members).SelectMany(Of),
    ];

    private static IEnumerable<MethodBase> Bodies(Type type) => type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All));

    private static IEnumerable<MemberInfo?> Members(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return [];
        }

        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return Tokens(body.GetILAsByteArray()!).Select(token => method.Module.ResolveMember(token, typeArguments, methodArguments));
    }

    private static IEnumerable<Type> Of(MemberInfo? member) => member switch
    {
        Type type => [type],
        MethodInfo { IsGenericMethod: true } method => method.GetGenericArguments().Append(method.DeclaringType!),
        { DeclaringType: { } declaring } => [declaring],
        _ => [],
    };

    /// <summary>A type without its array, pointer and arguments, and these.</summary>
    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericParameter || type.IsFunctionPointer ? []
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : [type];

    /// <summary>The type in which a nested one stands.</summary>
    public static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static List<int> Tokens(byte[] code)
    {
        List<int> tokens = [];
        for (var at = 0; at < code.Length;)
        {
            short value = code[at++];
            var op = _codes[value == 0xFE ? unchecked((short)(0xFE00 | code[at++])) : value];
            if (op.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                tokens.Add(BitConverter.ToInt32(code, at));
            }

            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }

        return tokens;
    }
}
