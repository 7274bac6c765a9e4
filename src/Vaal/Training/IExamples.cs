using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>What VAAL learns from: rows that are found by their number, with the VAE that fits them.</summary>
internal interface IExamples
{
    /// <summary>Rows; their numbers are 0..Count-1.</summary>
    int Count { get; }

    /// <summary>Rows as a training step takes them: float32, on the CPU, augmented where the examples have an
    /// augmentation.</summary>
    /// <param name="ids">B numbers of rows</param>
    /// <param name="random">source of the augmentation</param>
    /// <returns>(B, …), in the order of <paramref name="ids"/></returns>
    Tensor Batch(ReadOnlySpan<int> ids, Generator random);

    /// <summary>A VAE for such rows, with fresh weights from <paramref name="random"/>.</summary>
    /// <param name="conditions">numbers that the decoder is given beside z, at least 0</param>
    /// <exception cref="InputException">no VAE takes rows of this shape</exception>
    AutoEncoder CreateVae(VaalOptions options, int conditions, Generator random);
}
