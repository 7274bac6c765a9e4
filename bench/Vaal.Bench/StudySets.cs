using Vaal.Data;
using Vaal.Encoders;
using Vaal.Experiments;
using static TorchSharp.torch;

namespace Vaal.Bench;

/// <summary>The images of a study's data set.</summary>
internal sealed record StudyImages(ImageSet Pool, ImageSet Test, int Classes) : IDisposable
{
    public void Dispose()
    {
        Pool.Dispose();
        Test.Dispose();
    }
}

/// <summary>The data sets of a study, each read once, and their features by each encoder.</summary>
internal sealed class StudySets : IDisposable
{
    private readonly string _folder;
    private readonly Dictionary<string, StudyImages> _images = [];
    private readonly Dictionary<(string, string), FeatureTask> _features = [];

    static StudySets()
    {
        foreach (var side in (int[])[128, 160])
            PretrainedEncoders.Register($"{ResNet18Encoder.Name}-{side}", $"ResNet-18 at {side} pixels",
                () => new SmallerImages(side));
    }

    /// <param name="folder">of the data sets</param>
    public StudySets(StudyConfig config, string folder)
    {
        _folder = folder;
        // a name that is not there should not end a study after an hour
        foreach (var name in config.Settings.Select(s => s.Encoder ?? config.Encoder).Distinct())
            if (PretrainedEncoders.Problem(name) is { } problem) throw new InputException(problem);
    }

    public StudyImages Images(StudyData data)
    {
        if (_images.TryGetValue(data.Name, out var known)) return known;
        var path = Path.Combine(_folder, data.Source);
        using var loaded = DataFormats.Load(Directory.Exists(path) ? path : data.Source, new LoadOptions { Size = 64 })
            .WithTest(seed: 1, share: 1 / 3.0);
        var classes = data.Classes == 0 ? loaded.ClassNames.Count : data.Classes;
        return _images[data.Name] = new(Part(loaded.Pool, classes, data.Images, draw: true),
            Part(loaded.Test!, classes, data.Tests, draw: false), classes);
    }

    public FeatureTask Features(StudyData data, string encoder)
    {
        if (_features.TryGetValue((data.Name, encoder), out var known)) return known;
        var images = Images(data);
        return _features[(data.Name, encoder)] = FeatureTasks.Of(images.Pool, images.Test, images.Classes, encoder);
    }

    private static ImageSet Part(ImageSet images, int classes, int count, bool draw)
    {
        int[] ids = [.. Enumerable.Range(0, images.Count).Where(id => images.Classes[id] < classes)];
        if (count == 0) return images.Subset(ids);
        if (draw) new Random(1).Shuffle(ids);
        return images.Subset([.. ids[..count].Order()]);
    }

    public void Dispose()
    {
        foreach (var images in _images.Values) images.Dispose();
    }

    /// <summary>The built-in encoder on images of another size than its own.</summary>
    private sealed class SmallerImages(int side) : IImageEncoder, IDisposable
    {
        private readonly FoldedGraphEncoder _encoder = ResNet18Encoder.OpenTorch(
            ScalarType.BFloat16, ResNet18Encoder.Input with { Size = side });

        public int Size => side;

        public int FeatureDim => _encoder.FeatureDim;

        public string Version => _encoder.Digest;

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features) =>
            _encoder.Encode(images, count, features);

        public void Dispose() => _encoder.Dispose();
    }
}
