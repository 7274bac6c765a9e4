using System.Text.Json;
using Vaal.Data;
using Vaal.Scoring;

namespace Vaal.Records;

/// <summary>What a round leaves for the report and cannot be had again without its networks: <c>report.json</c> beside
/// them.</summary>
/// <param name="Training">thinned: <see cref="TrainingRecord"/></param>
/// <param name="Scores">null where no discriminator was trained</param>
/// <param name="Map">null where no VAE was trained</param>
internal sealed record RoundArtifacts(IReadOnlyList<TrainingPoint> Training, ScoreHistogram? Scores, LatentMap? Map)
{
    private const string FileName = "report.json";

    /// <summary>Scores and maps the pool with networks that have just ranked it.</summary>
    /// <param name="networks">null: neither VAE nor discriminator was trained</param>
    /// <param name="images">which images those of the pool are, by their ids in it</param>
    /// <param name="picks">ids in the pool</param>
    public static RoundArtifacts Measure(
        VaalNetworks? networks, Pool pool, IReadOnlyList<PoolImage> images, IReadOnlyList<int> picks,
        TrainingRecord training, long seed, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (networks is null) return new(training.Points, null, null);
        // in a cold start D has nothing to say
        var trained = pool.Labelled.Count > 0;
        // a ranker has learned from the labels of images held out as well
        var heldOut = networks.Ranks is null
            && Math.Min(
                networks.HeldOutLabelled.Count, networks.HeldOutUnlabelled.Count) >= HealthVerdict.EnoughHeldOut;
        var map = LatentMap.Of(networks, trained, pool, images, picks, seed, cancel);
        ScoreHistogram? scores = null;
        if (trained && heldOut)
            scores = ScoreHistogram.Of(
                networks.Score(pool.Images, networks.HeldOutLabelled, seed, cancel: cancel),
                networks.Score(pool.Images, networks.HeldOutUnlabelled, seed, cancel: cancel), true);
        else if (trained)
            scores = ScoreHistogram.Of(
                [.. map.Scores.Where((_, i) => map.Labelled[i])],
                [.. map.Scores.Where((_, i) => !map.Labelled[i])], false);
        return new(training.Points, scores, map);
    }

    /// <summary>Writes <c>report.json</c> into the folder of the round's models, whole or not at all.</summary>
    public void Save(string folder) =>
        AtomicFile.WriteAllBytes(
            Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json.Options));

    /// <summary>What a round has left in the folder of its models; null: nothing.</summary>
    /// <exception cref="InputException">the file is damaged</exception>
    public static RoundArtifacts? Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            var read = JsonSerializer.Deserialize<RoundArtifacts>(RegularFile.ReadAllBytes(path), Json.Options)
                ?? throw new JsonException("it says null");
            return read.Problem() is { } problem ? throw new JsonException(problem) : read;
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{path} is damaged ({e.Message}); delete it; the report then lacks these sections", e);
        }
    }

    private string? Problem()
    {
        if (Training is null || Training.Any(p => p?.Values is null || p.Phase is null))
            return "a measurement of the training is incomplete";
        if (Scores is { } s
            && (s.Labelled is null || s.Unlabelled is null || s.Labelled.Count != s.Unlabelled.Count
                || !(s.High > s.Low))) return "the histogram is incomplete";
        if (Map is { } m
            && (m.Images is null || m.X?.Count != m.Images.Count || m.Y?.Count != m.Images.Count
                || m.Labelled?.Count != m.Images.Count || m.Scores is null
                || (m.Scores.Count != 0 && m.Scores.Count != m.Images.Count)))
            return "the map is incomplete";
        return null;
    }
}
