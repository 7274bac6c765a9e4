using System.Security.Cryptography;
using System.Text;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;

namespace Vaal.Encoders;

/// <summary>The features of a pool, made where they are missing: the one call that everything else needs.</summary>
internal static class SourceFeatures
{
    /// <param name="pool">small images, for an encoder that learns from them, and which of them it may learn from; they
    /// stay the caller's</param>
    /// <param name="notes">receives a line for what the user should know</param>
    /// <returns>rows by the position of a file; null: no encoder is wanted</returns>
    /// <exception cref="InputException">there is no such encoder, its model is missing or damaged, or it gives no
    /// numbers</exception>
    public static FeatureRows? Of(ImageSources sources, Func<Pool>? pool = null, Action<TrainEvent>? report = null,
        CancellationToken cancel = default, ICollection<string>? notes = null)
    {
        if (sources.Encoder == ImageSources.NoEncoder) return null;
        if (ForeignFeatures.Recognises(sources.Encoder)) return ForeignFeatures.Of(sources.Folder, sources.Encoder,
            sources.Files, cancel);
        using var encoder = PretrainedEncoders.Open(sources.Encoder,
            new EncoderContext
            {
                State = sources.Folder,
                Pool = pool,
                Fit = sources.Fit,
                Report = report,
                Cancel = cancel,
            });
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
        folder ??= UsersFolder();
        using var opened = Open(encoder, images, folder, report, cancel);
        return Of(images, opened, folder, report, cancel);
    }

    /// <summary>The same of a pool and of its test images, by one encoder: what it learns, it learns from the
    /// pool.</summary>
    /// <exception cref="InputException">as above</exception>
    public static (FeatureRows Pool, FeatureRows Test) OfBoth(ImageSet pool, ImageSet test, string encoder,
        string? folder = null, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        folder ??= UsersFolder();
        using var opened = Open(encoder, pool, folder, report, cancel);
        var rows = Of(pool, opened, folder, report, cancel);
        try
        {
            return (rows, Of(test, opened, folder, report, cancel));
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>That the model of an encoder is here, or features that it made.</summary>
    /// <param name="encoder">of the table</param>
    /// <exception cref="InputException">neither is; the message says how to fetch it</exception>
    internal static void CheckHere(string encoder)
    {
        if (PretrainedEncoders.Named(FlippedEncoder.Parse(encoder).Name) is not { Source: { } source } entry) return;
        var folder = UsersFolder();
        if (Directory.Exists(folder) && Directory.EnumerateFiles(
            folder, $"{entry.Name}*.features", SearchOption.AllDirectories).Any()) return;
        FetchedEncoder.Store(null).Images(source);
    }

    /// <summary>Where an encoder keeps what it learned from a pool: another place for every other pool, so that no
    /// result depends on what was run before.</summary>
    internal static string StateOf(ImageSet pool, string folder) =>
        Path.Combine(folder, "pool-" + Fingerprint.OfPixels(pool)[..12]);

    private static IEncoder Open(string encoder, ImageSet pool, string folder, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        var state = PixelsVaeEncoder.Is(encoder) ? StateOf(pool, folder) : null;
        return PretrainedEncoders.Open(encoder,
            new EncoderContext { State = state, Pool = () => new Pool(pool), Report = report, Cancel = cancel });
    }

    private static FeatureRows Of(ImageSet images, IEncoder encoder, string folder, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        var (store, options) = (FeatureStore.Open(Path.Combine(folder, Short(images.Root ?? "")), encoder),
            new FeatureOptions { Report = report, Cancel = cancel });
        if (images.Root is null) return store.Of(images, options);
        var rows = store.Of(ImageRoot.OfDataSet(images.Root),
            [.. images.Paths.Select(p => SourceFiles.Of(images.Root, p))], options);
        if (rows.Problems.Count == 0) return rows;
        rows.Dispose();
        var (image, problem) = rows.Problems.First();
        throw new InputException($"expected features of every image, found none of {images.Paths[image]}: {problem}");
    }

    private static string UsersFolder() => Path.Combine(RuntimeOptions.Current.CacheFolder
        ?? throw new InputException("expected a cache folder for features, found none; "
            + "set XDG_CACHE_HOME for the command line, or give one to RuntimeOptions.Use"),
        "features");

    private static string Short(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 6);

    /// <summary>Why there is no such encoder; null: there is.</summary>
    public static string? Problem(string name) =>
        name == ImageSources.NoEncoder || ForeignFeatures.Recognises(name) ? null : PretrainedEncoders.Problem(name);
}
