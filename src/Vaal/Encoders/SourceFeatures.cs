using System.Security.Cryptography;
using System.Text;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;

namespace Vaal.Encoders;

/// <summary>The features of a pool, made where they are missing: the one call that everything else needs.</summary>
internal static class SourceFeatures
{
    /// <param name="pool">the pool's small images, for an encoder that learns from them; they stay the caller's</param>
    /// <param name="notes">receives a line for what the user should know</param>
    /// <returns>rows by the position of a file; null: no encoder is wanted</returns>
    /// <exception cref="InputException">there is no such encoder, its model is missing or damaged, or it gives no
    /// numbers</exception>
    public static FeatureRows? Of(ImageSources sources, Func<ImageSet>? pool = null, Action<TrainEvent>? report = null,
        CancellationToken cancel = default, ICollection<string>? notes = null)
    {
        if (sources.Encoder == ImageSources.NoEncoder) return null;
        if (ForeignFeatures.Recognises(sources.Encoder)) return ForeignFeatures.Of(sources.Folder, sources.Encoder,
            sources.Files, cancel);
        using var encoder = PretrainedEncoders.Open(sources.Encoder,
            new EncoderContext { State = sources.Folder, Pool = pool, Report = report, Cancel = cancel });
        return FeatureStore.Open(sources.Folder, encoder)
            .Of(ImageRoot.Of(sources.Root, sources.FollowLinks), sources.Files,
                new FeatureOptions { Report = report, Cancel = cancel }, notes);
    }

    /// <summary>The same of a data set's images: of their files where they are files, else of their pixels.</summary>
    /// <param name="folder">of features; null: in the user's cache folder</param>
    /// <exception cref="InputException">an image has no features, and as above</exception>
    public static FeatureRows Of(ImageSet images, string encoder, string? folder = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        folder ??= Path.Combine(RuntimeOptions.Current.CacheFolder
            ?? throw new InputException("expected a cache folder for features, found none; set XDG_CACHE_HOME"),
            "features");
        folder = Path.Combine(folder, Short(images.Root ?? ""));
        using var opened = PretrainedEncoders.Open(encoder, new EncoderContext
        {
            // what an encoder learned from one data set must not serve another; features are found by content anyway
            State = images.Root is null && images.Origin is { } set ? Path.Combine(folder, Short(set)) : folder,
            Pool = () => images,
            Report = report,
            Cancel = cancel,
        });
        var (store, options) = (FeatureStore.Open(folder, opened),
            new FeatureOptions { Wait = TimeSpan.FromHours(1), Report = report, Cancel = cancel });
        if (images.Root is null) return store.Of(images, options);
        var rows =
            store.Of(ImageRoot.OfDataSet(images.Root), [.. images.Paths.Select(p => Source(images.Root, p))], options);
        if (rows.Problems.Count == 0) return rows;
        rows.Dispose();
        var (image, problem) = rows.Problems.First();
        throw new InputException($"expected features of every image, found none of {images.Paths[image]}: {problem}");
    }

    private static string Short(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 6);

    private static SourceFile Source(string folder, string path)
    {
        var file = new FileInfo(Path.Combine(folder, path));
        return new(path, file.Exists ? file.Length : 0, file.Exists ? file.LastWriteTimeUtc.Ticks : 0);
    }

    /// <summary>Why there is no such encoder; null: there is.</summary>
    public static string? Problem(string name) =>
        name == ImageSources.NoEncoder || ForeignFeatures.Recognises(name) ? null : PretrainedEncoders.Problem(name);
}
