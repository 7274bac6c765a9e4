using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>The task networks by name. Adding one is a file in <c>Models/</c> and a line here.</summary>
public static class TaskModels
{
    private sealed record Entry(string Description, bool Segments, Func<int, int, TaskModel> Create);

    private static readonly SortedDictionary<string, Entry> Table = new(StringComparer.Ordinal)
    {
        ["vgg16"] = new(
            "VGG-16 with batch normalisation, as in the paper; 134 million weights, needs a GPU", false,
            (c, k) => new Vgg16(c, k)),
        ["resnet18"] = new(
            "ResNet-18 in its form for small images; 11 million weights, needs a GPU", false,
            (c, k) => new ResNet18(c, k)),
        ["small-cnn"] = new(
            "small network for a computer without a GPU: seconds to minutes on two cores", false,
            (c, k) => new SmallCnn(c, k)),
        ["drn"] = new(
            "DRN-D-22, as in the paper, for images with masks; 16 million weights, needs a GPU", true,
            (c, k) => new Drn(c, k)),
        ["small-seg"] = new(
            "small network for images with masks on a computer without a GPU", true, (c, k) => new SmallSeg(c, k)),
    };

    /// <summary>In alphabetical order.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    /// <summary>Heads on an encoder's features, which are no networks of their own.</summary>
    public static IReadOnlyList<string> OnFeatures { get; } = ["linear", "mlp", "transductive"];

    /// <summary>One line for help texts.</summary>
    internal static string Describe(string name) => Find(name).Description;

    /// <summary>Whether it gives a class to each pixel, and so wants images with masks.</summary>
    public static bool Segments(string name) => !OnFeatures.Contains(name) && (Table.GetValueOrDefault(name)
        ?? throw new InputException(Unknown.Name("task model", name, OnFeatures.Concat(Names)))).Segments;

    /// <summary>A network with weights that are still to be initialised or loaded.</summary>
    /// <param name="channels">1 (grey) or 3 (RGB)</param>
    /// <param name="classes">how many classes it distinguishes</param>
    /// <exception cref="InputException">there is no such network</exception>
    internal static TaskModel Create(string name, int channels, int classes)
    {
        // TorchSharp drops a tensor for each convolution with a bias
        using var scope = NewDisposeScope();
        return Find(name).Create(channels, classes);
    }

    private static Entry Find(string name) =>
        Table.GetValueOrDefault(name) ?? throw new InputException(Unknown.Name("task model", name, Names));
}
