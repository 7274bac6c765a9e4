using System.Text;

namespace Vaal;

/// <summary>
/// A seed for every place where something is drawn, from the run's one seed. Whoever draws re-seeds by name and
/// position (<c>Derive(seed, "task.order", epoch)</c>), so what is drawn depends on nothing that was drawn before:
/// a run continued from a checkpoint draws what an undisturbed one would have.
/// </summary>
internal static class Seeds
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>
    /// mix(mix(seed) xor FNV-1a-64(stream)) + (index + 1)·golden, mixed, top bit cleared; mix is SplitMix64's.
    /// libtorch's CPU generator uses the low 32 bits only.
    /// </summary>
    /// <param name="stream">what is drawn: <c>task.order</c></param>
    /// <param name="index">which of its draws: an epoch, an iteration</param>
    public static long Derive(long seed, string stream, long index)
    {
        unchecked
        {
            var key = Mix(Mix((ulong)seed) ^ Fnv1a(stream));
            return (long)(Mix(key + ((ulong)index + 1) * Golden) & long.MaxValue);
        }
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    private static ulong Fnv1a(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = unchecked((hash ^ b) * 0x100000001B3);
        return hash;
    }
}
