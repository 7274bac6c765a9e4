using System.Reflection;
using System.Runtime.CompilerServices;
using Vaal.Training;

namespace Vaal.Tests;

/// <summary>The public API of all packages is a text file; a change to it is a decision.</summary>
public sealed class PublicApiTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly string[] Record = [
        "Equals", "GetHashCode", "ToString", "PrintMembers", "<Clone>$", "Deconstruct", "op_Equality", "op_Inequality",
        "EqualityContract"];

    private static readonly Assembly[] Packages =
    [
        typeof(InputException).Assembly, typeof(Data.Pool).Assembly, typeof(VaalOptions).Assembly,
        typeof(Workspaces.Workspace).Assembly, typeof(Experiments.BenchGrid).Assembly,
            typeof(Reports.BenchReport).Assembly,
    ];

    private static string Accepted => Path.Combine(Repository.Root, "tests", "Vaal.Tests", "PublicApi.txt");

    [Fact]
    public void PublicApi_OfTheLibrary_IsWhatWasAccepted()
    {
        var actual = Packages.SelectMany(p => p.GetExportedTypes()).SelectMany(Lines)
            .Order(StringComparer.Ordinal).ToList();
        if (Environment.GetEnvironmentVariable("VAAL_ACCEPT_API") == "1") File.WriteAllLines(Accepted, actual);
        var accepted = File.ReadAllLines(Accepted);
        string[] difference =
            [.. accepted.Except(actual).Select(l => $"- {l}"), .. actual.Except(accepted).Select(l => $"+ {l}")];
        Assert.True(
            difference.Length == 0,
            $"the public API changed; if that is meant, run this test once with VAAL_ACCEPT_API=1 and commit " +
            $"PublicApi.txt:\n{string.Join('\n', difference)}");
    }

    private static IEnumerable<string> Lines(Type type)
    {
        yield return $"{Name(type)}: {Kind(type)}{string.Concat(Parents(type).Select(p => $", {Name(p)}"))}";
        var members = type.IsEnum
            ? type.GetFields(BindingFlags.Public | BindingFlags.Static)
            : type.GetMembers(Declared);
        foreach (var member in members)
            if (Describe(member) is { } text) yield return $"{Name(type)}.{text}";
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        _ when Record.Contains(member.Name) => null,
        FieldInfo { IsLiteral: true, DeclaringType.IsEnum: true } f =>
            $"{f.Name} = {Convert.ToInt64(f.GetRawConstantValue())}",
        FieldInfo f when Seen(f.IsPublic, f.IsFamily || f.IsFamilyOrAssembly) => $"{f.Name}: {(f.IsLiteral ? "const " : f.IsStatic ? "static " : "")}{Name(f.FieldType)}",
        ConstructorInfo c when Seen(c.IsPublic, c.IsFamily || c.IsFamilyOrAssembly) && !c.IsStatic && !IsCopy(c) =>
            $"new({Parameters(c)})",
        PropertyInfo p when Accessor(p.GetMethod) is { } get => $"{p.Name}: {(p.GetMethod!.IsStatic ? "static " : "")}{Name(p.PropertyType)} {{ {get}{(Accessor(p.SetMethod) is null ? "" : IsInit(p) ? " init" : " set")} }}",
        MethodInfo { IsSpecialName: false } m when Seen(m.IsPublic, m.IsFamily || m.IsFamilyOrAssembly) =>
            $"{m.Name}{Generic(m)}({Parameters(m)}): {Modifier(m)}{Name(m.ReturnType)}",
        _ => null,
    };

    private static string? Accessor(MethodInfo? m) =>
        m is not null && Seen(m.IsPublic, m.IsFamily || m.IsFamilyOrAssembly) ? "get" : null;

    private static bool Seen(bool isPublic, bool isProtected) => isPublic || isProtected;

    private static bool IsInit(PropertyInfo p) =>
        p.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsCopy(ConstructorInfo c) =>
        c.GetParameters() is [var only] && only.ParameterType == c.DeclaringType;

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static IEnumerable<Type> Parents(Type type) =>
        type.IsEnum ? [] : (type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? new[] { b } : [])
        .Concat(type.GetInterfaces()
            .Where(i => i.IsPublic && !i.IsGenericType && type.BaseType?.GetInterfaces().Contains(i) != true)
            .OrderBy(i => i.Name, StringComparer.Ordinal));

    private static string Modifier(MethodInfo m) =>
        m.IsStatic ? "static " : m.IsAbstract && !m.DeclaringType!.IsInterface ? "abstract " : "";

    private static string Generic(MethodInfo m) => m.IsGenericMethod ? $"<{string.Join(", ", m.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase m) => string.Join(", ", m.GetParameters().Select(p =>
        $"{(p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "")}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "null"}" : "")}"));

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(type) is { } value) return $"{Name(value)}?";
        if (type.IsGenericParameter) return type.Name;
        var name = type.IsNested
            ? $"{Name(type.DeclaringType!)}.{type.Name}"
            : Packages.Contains(type.Assembly)
            ? $"{type.Namespace}.{type.Name}"
            : type.Name;
        name = name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
