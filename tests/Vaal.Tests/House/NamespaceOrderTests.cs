using System.Reflection;
using System.Reflection.Emit;
using Vaal.Strategies;

namespace Vaal.Tests.House;

/// <summary>The floors inside src/Vaal: no namespace uses one above it, in signatures or in code.</summary>
public sealed class NamespaceOrderTests
{
    // lowest first; those of one floor do not use each other
    private static readonly string[][] Floors =
    [
        ["Vaal.Models"], ["Vaal.Coverage"], ["Vaal.Heads"], ["Vaal.Training"], ["Vaal.Scoring"], ["Vaal.Encoders"],
        ["Vaal.Strategies"], ["Vaal.Records", "Vaal.Oracles"], ["Vaal"],
    ];

    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);

    private static Assembly Vaal => typeof(QueryStrategies).Assembly;

    [Fact]
    public void Namespaces_All_HaveAFloor()
    {
        var known = Floors.SelectMany(f => f);
        Assert.Empty(Ours(Vaal.GetTypes()).Select(t => t.Namespace!).Distinct().Except(known));
    }

    [Fact]
    public void Namespaces_UseOnlyThoseBelow()
    {
        var wrong = from type in Ours(Vaal.GetTypes())
                    from used in Ours(UsedBy(type)).Distinct()
                    where used.Namespace != type.Namespace && FloorOf(used) >= FloorOf(type)
                    select $"{Outermost(type)} ({type.Namespace}) uses {Outermost(used)} ({used.Namespace})";
        Assert.Equal([], wrong.Distinct().Order());
    }

    private static int FloorOf(Type type) => Array.FindIndex(Floors, f => f.Contains(type.Namespace));

    private static string Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type.Name;

    // the compiler's own types (arrays of constants, module initialisers) have no namespace, or one of its own
    private static IEnumerable<Type> Ours(IEnumerable<Type> types) => types
        .Where(t => t.Assembly == Vaal && t.Namespace?.Split('.')[0] == "Vaal");

    private static IEnumerable<Type> UsedBy(Type type)
    {
        var signatures = new List<Type?> { type.BaseType };
        signatures.AddRange(type.GetInterfaces());
        signatures.AddRange(type.GetFields(All).Select(f => f.FieldType));
        foreach (var method in type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All)))
        {
            signatures.AddRange(method.GetParameters().Select(p => p.ParameterType));
            if (method is MethodInfo { ReturnType: var result }) signatures.Add(result);
            if (method.GetMethodBody() is not { } body) continue;
            signatures.AddRange(body.LocalVariables.Select(v => v.LocalType));
            signatures.AddRange(NamedIn(body.GetILAsByteArray() ?? [], method));
        }
        return signatures.OfType<Type>().SelectMany(Parts);
    }

    // a generic type's arguments, an array's elements
    private static IEnumerable<Type> Parts(Type type) => type switch
    {
        { HasElementType: true } => Parts(type.GetElementType()!),
        { IsGenericType: true } => type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()),
        _ => [type],
    };

    // the types of the members and types that code names
    private static IEnumerable<Type?> NamedIn(byte[] il, MethodBase method)
    {
        for (var at = 0; at < il.Length;)
        {
            var code = Codes[il[at] == 0xFE ? unchecked((short)(0xFE00 | il[at + 1])) : il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField
                or OperandType.InlineType or OperandType.InlineTok)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(il, at),
                    method.DeclaringType is { IsGenericType: true } of ? of.GetGenericArguments() : null,
                    method.IsGenericMethod ? method.GetGenericArguments() : null);
                yield return member as Type ?? member?.DeclaringType;
                if (member is MethodInfo { IsGenericMethod: true } generic)
                    foreach (var argument in generic.GetGenericArguments()) yield return argument;
            }
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }
}
