using System.Text.Json.Serialization;

namespace Vaal.Models;

/// <summary>The numbers that convolutions are computed in: the VAE's, and the task model's in training. Weights,
/// optimiser, losses, the sums of normalisation, predictions and final scores are always float32. D is float32 too,
/// except in a ranking's first pass, which only finds the candidates.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Precision>))]
public enum Precision
{
    /// <summary>Trains in float32; ranks as <see cref="Bf16"/> does.</summary>
    Auto,

    Float32,

    /// <summary>bfloat16 where the processor multiplies it (AVX-512 with BF16), else float32: in training, and to find
    /// the images among which float32 then chooses.</summary>
    Bf16,
}
