using static TorchSharp.torch;

namespace Vaal;

/// <summary>What networks are computed on, by name.</summary>
public static class Devices
{
    public static IReadOnlyList<string> Names { get; } = ["cpu", "cuda"];

    /// <exception cref="InputException">there is no such device here</exception>
    public static Device Named(string name) => name switch
    {
        "cpu" => CPU,
        "cuda" when cuda.is_available() => CUDA,
        "cuda" =>
            throw new InputException(
                "expected a CUDA device, found none that can be used; take cpu, or, on a machine with an NVIDIA GPU, " +
                "a build with CUDA (the package TorchSharp-cuda-linux or -windows; of vaal: -p:TorchBackend=cuda)"),
        _ => throw new InputException($"expected one of the devices {string.Join(", ", Names)}, found '{name}'"),
    };
}
