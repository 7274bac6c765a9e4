using System.Globalization;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// Where features come from that images are compared by: a network of the round, or a file that the user brings. What a
/// file gives is the same in every round, and is read or computed once a run.
/// </summary>
internal sealed class FeatureSource
{
    private const string Vae = "vae", Task = "task", Rows = ".npy", Model = ".onnx";

    private readonly string _name;
    private readonly FeatureRows? _rows;
    // row after row, in the order of ids
    private (float[] Values, int Columns)? _ofAll;

    /// <param name="name">as <see cref="LoopOptions.Features"/></param>
    /// <param name="images">the whole pool</param>
    /// <exception cref="InputException">the file cannot be used, or does not fit the images; said now and not when the
    /// first networks are trained</exception>
    public FeatureSource(string name, ImageSet images) : this(name)
    {
        if (NumbersImages(name)) _ofAll = Finite(Npy.Read(name, images.Count));
        else if (Ends(name, Model)) OnnxEncoder.Open(name, images).Dispose();
    }

    private FeatureSource(string name) => _name = name;

    /// <param name="rows">of an encoder, by the ids of the pool; they stay the caller's</param>
    public FeatureSource(FeatureRows rows) : this("encoder") => _rows = rows;

    /// <param name="values">(N, F), row after row by the ids of the pool; they stay the caller's</param>
    /// <param name="columns">F</param>
    public FeatureSource(float[] values, int columns) : this("encoder") => _ofAll = (values, columns);

    /// <summary>The VAE's latent means.</summary>
    public static FeatureSource Latent { get; } = new(Vae);

    /// <summary>Why there are no such features; null: there are.</summary>
    public static string? Problem(string name) => name is Vae or Task || IsFile(name)
        || PretrainedEncoders.Has(name) ? null
        : $"no features '{name}'; there are: {Vae}, {Task}, {string.Join(", ", PretrainedEncoders.All.Keys)}, "
            + $"or the path of a file that ends in {Rows} or {Model}";

    /// <summary>They come from an encoder or a file, not from a network of the round.</summary>
    public bool OfEncoder => AreOfEncoder(_name);

    /// <summary>The same of a name.</summary>
    public static bool AreOfEncoder(string name) => name is not (Vae or Task);

    /// <summary>They are what the task model sees, which must then be a network.</summary>
    public static bool AreOfTask(string name) => name == Task;

    public static bool IsFile(string name) => NumbersImages(name) || Ends(name, Model);

    /// <summary>Its rows belong to the images of the pool as it comes.</summary>
    public static bool NumbersImages(string name) => Ends(name, Rows);

    /// <summary>(N, F), float32, on the CPU, in the order of <paramref name="ids"/>.</summary>
    public Tensor Of(Query query, int[] ids) => _name switch
    {
        Vae => query.Networks.Vaal.Latent(query.Pool.Images, ids, query.Report, query.Cancel),
        Task => TaskFeatures.Of(query.Networks, query.Pool.Images, ids, query.Report, query.Cancel),
        _ when _rows is not null => tensor(Stored(_rows, query, ids), [ids.Length, _rows.Dim]),
        _ => Pick(_ofAll ??= Finite(Encode(query)), ids),
    };

    private static float[] Stored(FeatureRows rows, Query query, int[] ids)
    {
        var reading = new PhaseCount(query.Report, "reading features", ids.Length);
        var values = rows.Rows(ids);
        reading.End();
        return values;
    }

    private (float[] Values, int Columns) Encode(Query query)
    {
        var images = query.Pool.Images;
        int[] all = [.. Enumerable.Range(0, images.Count)];
        if (PretrainedEncoders.Has(_name))
        {
            using var rows = SourceFeatures.Of(images, _name, report: query.Report, cancel: query.Cancel);
            return (rows.Rows(all), rows.Dim);
        }
        using var encoder = OnnxEncoder.Open(_name, images);
        return (PoolPass.Score(
            images, all, encoder.Features, CPU, query.Report, query.Cancel, encoder.FeatureDim, "encoding the pool"),
            encoder.FeatureDim);
    }

    private (float[] Values, int Columns) Finite((float[] Values, int Columns) rows)
    {
        if (Array.FindIndex(rows.Values, v => !float.IsFinite(v)) is var at and >= 0)
            throw new InputException(string.Create(
                CultureInfo.InvariantCulture,
                $"{_name} gives image {at / rows.Columns} the feature {rows.Values[at]} in column " +
                $"{at % rows.Columns}; expected finite numbers (of float32)"));
        return rows;
    }

    private static Tensor Pick((float[] Values, int Columns) rows, int[] ids)
    {
        var picked = new float[checked(ids.Length * rows.Columns)];
        for (var i = 0; i < ids.Length; i++)
            rows.Values.AsSpan(ids[i] * rows.Columns, rows.Columns).CopyTo(picked.AsSpan(i * rows.Columns));
        return tensor(picked, [ids.Length, rows.Columns]);
    }

    private static bool Ends(string name, string with) => name.EndsWith(with, StringComparison.OrdinalIgnoreCase);
}
