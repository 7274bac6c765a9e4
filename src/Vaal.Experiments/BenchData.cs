using Vaal.Data;

namespace Vaal.Experiments;

/// <summary>Which images a bench chooses from, and how the pool is made harder.</summary>
internal sealed record BenchData
{
    /// <summary>A folder, or a name that <see cref="DataFormats.Load"/> knows.</summary>
    public required string Data { get; init; }

    /// <summary>A name in <see cref="DataFormats"/>; null: found out.</summary>
    public string? Format { get; init; }

    /// <summary>Side of the square that photographs are brought to, in pixels.</summary>
    public int Size { get; init; } = 32;

    /// <summary>Size of images with masks, such as 240x180; null: as <see cref="LoadOptions.Frame"/> says.</summary>
    public string? Frame { get; init; }

    /// <summary>Images with masks are cut into so many columns and rows, such as 4x3, and each part is chosen on its
    /// own; null: whole images.</summary>
    public string? Regions { get; init; }

    /// <summary>Images that the pool is cut down to, each equally likely to stay; null: all.</summary>
    public int? Images { get; init; }

    /// <summary>Long tail: images of the commonest class for one of the rarest.</summary>
    public double Imbalance { get; init; } = 1;

    /// <summary>Every image so many times, slightly changed.</summary>
    public int Copies { get; init; } = 1;

    /// <summary>Decides which images stay, are rare or are set apart to test on; the same for all runs.</summary>
    public long DataSeed { get; init; } = 1;

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        if (Data.Length == 0)
            yield return "'data' is missing; give a folder or the name of a data set, such as \"embedded\"";
        if (Format is not null && !DataFormats.All.ContainsKey(Format))
            yield return Unknown.Name("data format", Format, DataFormats.All.Keys);
        foreach (var problem in new LoadOptions { Size = Size }.Problems()) yield return problem;
        if (Frame is not null && Sides.Problem(Frame, LoadOptions.FrameIs, LoadOptions.FrameExample) is { } noFrame)
            yield return noFrame;
        if (Regions is not null
            && Sides.Problem(Regions, PoolShape.RegionsAre, PoolShape.RegionsExample) is { } noRegions)
            yield return noRegions;
        if (Images < 1) yield return $"images are {Images}; it must be at least 1";
        if (!(Imbalance >= 1) || !double.IsFinite(Imbalance))
            yield return $"imbalance is {Imbalance}; it must be 1 or more";
        if (Copies < 1) yield return $"copies are {Copies}; it must be at least 1";
    }

    /// <summary>Reads and shapes the images: test split, then size, long tail, copies and regions, in this
    /// order.</summary>
    /// <exception cref="InputException">they cannot be used</exception>
    public DataSet Load(Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        var data = DataFormats.Load(
            Data, new LoadOptions { Size = Size, Frame = LoadOptions.FrameOf(Frame), Report = report, Cancel = cancel },
            Format).WithTest(DataSeed);
        if (Images is { } images) data = data.WithImages(images, DataSeed);
        return data.WithHarderPool(DataSeed, Imbalance, Copies, Regions);
    }
}
