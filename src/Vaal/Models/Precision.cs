using System.Text.Json.Serialization;

namespace Vaal.Models;

/// <summary>The numbers that convolutions are computed in: the VAE's, and the task model's in training. Weights,
/// optimiser, losses, the sums of normalisation, predictions and final scores are always float32. D is float32 too,
/// except in a ranking's first pass, which only finds the candidates.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Precision>))]
internal enum Precision
{
    /// <summary>Trains in float32; ranks as <see cref="Bf16"/> does.</summary>
    Auto,

    Float32,

    /// <summary>bfloat16 where the processor multiplies it (AVX-512 with BF16), else float32: in training, and to find
    /// the images among which float32 then chooses.</summary>
    Bf16,
}

/// <summary>The precisions by the names that people write.</summary>
internal static class Precisions
{
    public static IReadOnlyDictionary<string, Precision> ByName { get; } =
        new SortedDictionary<string, Precision>(StringComparer.Ordinal)
        {
            ["auto"] = Precision.Auto,
            ["bf16"] = Precision.Bf16,
            ["float32"] = Precision.Float32,
        }.AsReadOnly();

    /// <returns>null where no name is given</returns>
    /// <exception cref="InputException">there is no such precision</exception>
    public static Precision? Of(string? name) => name is null ? null
        : ByName.TryGetValue(name, out var precision) ? precision
        : throw new InputException($"no precision '{name}'; there are: {string.Join(", ", ByName.Keys)}");
}
