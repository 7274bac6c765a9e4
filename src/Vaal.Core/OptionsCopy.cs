using System.Reflection;

namespace Vaal;

/// <summary>Copies options, so that a copy can differ in some of them: <c>new(options) { Seed = 2 }</c>.</summary>
internal static class OptionsCopy
{
    /// <summary>Sets every option of <paramref name="to"/> as it is in <paramref name="from"/>. It copies fields, so
    /// that a new option is copied too.</summary>
    public static void Fill<T>(T to, T from) where T : class
    {
        foreach (var field in typeof(T).GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            field.SetValue(to, field.GetValue(from));
    }
}
