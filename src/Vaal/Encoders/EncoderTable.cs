using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Encoders;

/// <summary>The encoders that a name is enough for. A user's own <c>.onnx</c> file is named by its path.</summary>
internal static class EncoderTable
{
    private static readonly EncoderEntry[] Table =
    [
        ResNet18Encoder.Entry,
        DinoV2Small.Entry,
        DinoV2Base.Entry,
        SiglipBase.Entry,
        PixelsVaeEncoder.Entry,
    ];

    /// <summary>By name, in the order of the table.</summary>
    public static IReadOnlyDictionary<string, EncoderEntry> All { get; } =
        new OrderedDictionary<string, EncoderEntry>(Table.Select(e => KeyValuePair.Create(e.Name, e)));

    /// <summary>Why there is no such encoder; null: there is.</summary>
    public static string? Problem(string name) => All.ContainsKey(name) || IsFile(name) ? null
        : $"expected an encoder of {string.Join(", ", All.Keys)}, or the path of a file that ends in .onnx, "
            + $"found '{name}'";

    /// <exception cref="InputException">there is no encoder of that name</exception>
    public static EncoderEntry Named(string name) => All.TryGetValue(name, out var found) ? found
        : throw new InputException(Problem(name)
        ?? $"expected an encoder of {string.Join(", ", All.Keys)}, found the file '{name}'");

    /// <summary>Opens an encoder of the table, or the user's own model.</summary>
    /// <exception cref="InputException">there is none of that name, its model is missing, damaged, or does not
    /// fit</exception>
    public static IEncoder Open(string name, EncoderContext context) =>
        !All.ContainsKey(name) && IsFile(name) ? OnnxImageEncoder.OpenUsers(name, threads: 1)
            : Named(name).Open(context);

    /// <summary>Threads that encode at once: libtorch's, so that <see cref="RuntimeOptions.Threads"/> holds here too.</summary>
    public static int Threads
    {
        get
        {
            Libtorch.Ready();
            return get_num_threads();
        }
    }

    private static bool IsFile(string name) => name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);
}
