using System.Text.Json;
using Vaal.Cluster.Pools;
using Vaal.Coverage;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Strategies;

namespace Vaal.Cluster.Work;

/// <summary>
/// The work of one job, shard by shard. A shard's result depends on the job's files and on nothing else: not on who
/// computes it, when, how often, or with how many threads.
/// </summary>
/// <param name="encoder">stays the caller's; null: a worker that does not embed</param>
internal sealed class ShardWork(JobManifest job, JobFiles files, IEncoder? encoder, ImageReader images,
    int threads = 1) : IShardMaker
{
    /// <summary>Images that are encoded at once; a number of the format, so that results do not depend on it.</summary>
    private const int BatchImages = 8;

    /// <summary>How many times its share of the budget a shard proposes to a coverage strategy, and how many
    /// more.</summary>
    private const int TimesShare = 4, More = 16;

    /// <summary>Of fewer than one image in so many, rows are read one by one.</summary>
    private const int FewOfAShard = 64;

    private const int FewestSampled = 5_000, Whole = 10_000, SampledPerLabel = 10;

    private JobModel? _model;
    private SortedDictionary<int, int>? _labels;

    public ShardResult Do(Stage stage, int shard, Bar? bar = null, CancellationToken cancel = default) => stage switch
    {
        Stage.Embed => Embed(shard, cancel),
        Stage.Fit => new(Fit(cancel).Pack(), []),
        Stage.Score when JobStrategies.Covers(job.Strategy) => new(Propose(shard, cancel), []),
        Stage.Score => Score(shard, bar),
        _ => new(Choose(cancel), []),
    };

    public string DigestOf(byte[] file) => ShardResult.DigestOf(file);

    private ShardResult Embed(int shard, CancellationToken cancel)
    {
        if (encoder is null) throw new InvalidOperationException("this worker has no encoder");
        var entries = files.Entries(shard);
        if (entries.Count != job.ImagesIn(shard))
            throw new InputException($"expected {Counted.Of(job.ImagesIn(shard), "entry", "entries")} in shard "
                + $"{shard}, found {entries.Count}");
        var (contents, has, dim) = (new UInt128[entries.Count], new bool[entries.Count], encoder.FeatureDim);
        var (rows, problems) = (new Half[entries.Count * dim], new SortedDictionary<int, string>());
        var decoded = new DecodedShard(entries, encoder.Input, images, contents, problems);
        decoded.InBatches(BatchImages, threads, (batch, pixels) =>
        {
            var features = new float[batch.Length * dim];
            encoder.Encode(pixels, batch.Length, features);
            for (var i = 0; i < batch.Length; i++)
            {
                for (var k = 0; k < dim; k++) rows[batch[i] * dim + k] = Finite(features[i * dim + k], batch[i], k);
                has[batch[i]] = true;
            }
        }, cancel);
        return new(RowFile.Pack(new(contents, has, rows, problems), job.ModelDigest), [], problems.Count);

        Half Finite(float value, int image, int column) => Half.IsFinite((Half)value) ? (Half)value
            : throw new InputException(FormattableString.Invariant(
                $"expected features within float16 (±65504), found {value} in column {column} of ")
                + entries[image].Location);
    }

    private JobModel Fit(CancellationToken cancel)
    {
        var mean = Mean(cancel);
        var labels = Labels();
        if (!JobStrategies.Covers(job.Strategy))
            return new() { Mean = mean, Head = HeadOf(labels, mean, cancel) };
        var wanted = Math.Max(SampledPerLabel * ((long)labels.Count + job.Budget), FewestSampled);
        var (sample, sampled) = Rows(Sampled((int)(job.Images <= Math.Max(wanted, Whole) ? job.Images : wanted),
            labels), cancel);
        var (_, labelled) = Rows([.. labels.Keys], cancel);
        Half[] all = [.. sampled, .. labelled];
        var rows = Unit(all, mean);
        var head = JobStrategies.NeedsClasses(job.Strategy) ? HeadOf(labels, mean, cancel) : null;
        return new()
        {
            Mean = mean,
            Sample = sample,
            Rows = all,
            Sigma = job.Strategy == "facility-location" ? 0
                : GreedyCover.Sigma(rows, labelled.Length / job.FeatureDim, job.Budget, Seed, cancel),
            Weights = head is null ? [] : Margins(head, rows, sample.Length),
        };
    }

    private ShardResult Score(int shard, Bar? bar)
    {
        var (model, rows, first) = (Model(), ReadRows(shard), shard * job.ShardSize);
        var labels = Labels();
        int[] with = [.. Enumerable.Range(0, rows.Count).Where(i => rows.Has[i] && !labels.ContainsKey(first + i))];
        var scores = new float[rows.Count];
        Array.Fill(scores, float.NaN);
        var found = job.Strategy == "random" ? Random(with, first) : OfHead(with, rows, model);
        var best = new TopScores(job.Budget);
        for (var i = 0; i < with.Length; i++)
        {
            if (float.IsNaN(found[i]))
                throw new InputException($"expected numbers as scores, found NaN of image {first + with[i]}");
            scores[with[i]] = found[i];
            if (bar?.IsBeatenBy(first + with[i], found[i]) != false) best.Add(first + with[i], found[i]);
        }
        return new(ScoreFile.PackScores(scores), best.Ranked());
    }

    private float[] Random(int[] with, int first) =>
        [.. with.Select(i => (Seeds.Derive(job.Seed, "cluster.random", first + i) >> 39) / (float)(1 << 24))];

    private float[] OfHead(int[] with, ShardRows rows, JobModel model)
    {
        if (with.Length == 0) return [];
        var unit = new UnitRows(with.Length, rows.Dim, (row, into) => Widen(rows.Row(with[row]), into), model.Mean);
        var x = unit.Copy([.. Enumerable.Range(0, with.Length)]);
        var strategy = (UncertaintyStrategy)QueryStrategies.Create(job.Strategy);
        return strategy.ScoresOf(model.Head!.Probabilities(x), model.Head.Classes);
    }

    // What of this shard covers most of the sample: more than the shard's share of the budget, for the final choice.
    private byte[] Propose(int shard, CancellationToken cancel)
    {
        var (model, rows, first) = (Model(), ReadRows(shard), shard * job.ShardSize);
        var labels = Labels();
        int[] own = [.. Enumerable.Range(0, rows.Count).Where(i => rows.Has[i] && !labels.ContainsKey(first + i))];
        var share = (int)Math.Min(job.Budget, (long)TimesShare * ((job.Budget + job.Shards - 1) / job.Shards) + More);
        if (own.Length > share)
        {
            Half[] all = [.. own.SelectMany(i => rows.Row(i).ToArray()), .. model.Rows];
            var picks = Cover(model, all, own.Length, cancel).Choose(share, Weights(model, own.Length), cancel: cancel);
            own = [.. picks.Picks.Select(p => own[p]).Order()];
        }
        return ScoreFile.PackCandidates([.. own.Select(i => first + i)],
            [.. own.SelectMany(i => rows.Row(i).ToArray())]);
    }

    private byte[] Choose(CancellationToken cancel)
    {
        var picked = JobStrategies.Covers(job.Strategy) ? BestCover(cancel) : BestScores(cancel);
        var shards = picked.Select(p => p.Id / job.ShardSize).Distinct().ToDictionary(s => s, files.Entries);
        var picks = picked.Select((p, i) => new JobPick(i + 1, p.Id,
            shards[p.Id / job.ShardSize][p.Id % job.ShardSize].Location, p.Score));
        return JsonSerializer.SerializeToUtf8Bytes(new JobChoice(job.Strategy, [.. picks]), Json.Options);
    }

    private IReadOnlyList<(int Id, float Score)> BestScores(CancellationToken cancel)
    {
        var best = new TopScores(job.Budget);
        for (var shard = 0; shard < job.Shards; shard++)
        {
            cancel.ThrowIfCancellationRequested();
            var scores = ScoreFile.ReadScores(files.Need(Stage.Score, shard), JobFiles.File(Stage.Score, shard));
            for (var i = 0; i < scores.Length; i++)
                if (!float.IsNaN(scores[i])) best.Add(shard * job.ShardSize + i, scores[i]);
        }
        return best.Ranked();
    }

    private IReadOnlyList<(int Id, float Score)> BestCover(CancellationToken cancel)
    {
        var (ids, all) = (new List<int>(), new List<Half>());
        for (var shard = 0; shard < job.Shards; shard++)
        {
            var (own, rows) =
                ScoreFile.ReadCandidates(files.Need(Stage.Score, shard), JobFiles.File(Stage.Score, shard));
            ids.AddRange(own);
            all.AddRange(rows);
        }
        var model = Model();
        all.AddRange(model.Rows);
        var (picks, gains) = Cover(model, [.. all], ids.Count, cancel)
            .Choose(job.Budget, Weights(model, ids.Count), cancel: cancel);
        return [.. picks.Select((p, i) => (ids[p], (float)gains[i]))];
    }

    // rows: candidates, the sample, labelled images
    private GreedyCover Cover(JobModel model, Half[] rows, int candidates, CancellationToken cancel)
    {
        var unit = Unit(rows, model.Mean);
        int[] sample = [.. Enumerable.Range(candidates, model.Sample.Length)];
        int[] labelled = [.. Enumerable.Range(candidates + sample.Length, unit.Count - candidates - sample.Length)];
        return new(unit, [.. Enumerable.Range(0, candidates)], sample, labelled, model.Like, Seed, cancel);
    }

    private static float[]? Weights(JobModel model, int candidates)
    {
        if (model.Weights.Length == 0) return null;
        var weights = new float[candidates + model.Weights.Length];
        model.Weights.CopyTo(weights, candidates);
        return weights;
    }

    private double[] Mean(CancellationToken cancel)
    {
        var (mean, count) = (new double[job.FeatureDim], 0L);
        for (var shard = 0; shard < job.Shards; shard++)
        {
            cancel.ThrowIfCancellationRequested();
            var head = RowFile.ReadHead(files.Store, JobFiles.File(Stage.Embed, shard), job.FeatureDim);
            for (var k = 0; k < mean.Length; k++) mean[k] += head.Sum[k];
            count += head.WithFeatures;
        }
        if (count == 0) throw new InputException("expected images that can be decoded, found none in the pool");
        for (var k = 0; k < mean.Length; k++) mean[k] /= count;
        return mean;
    }

    private LinearHead? HeadOf(SortedDictionary<int, int> labels, double[] mean, CancellationToken cancel)
    {
        if (!JobStrategies.NeedsClasses(job.Strategy)) return null;
        var (ids, rows) = Rows([.. labels.Keys], cancel);
        int[] classes = [.. ids.Select(id => labels[id])];
        if (classes.Distinct().Count() < 2)
            throw new InputException("expected labelled images of at least two classes that can be decoded, found "
                + $"{classes.Distinct().Count()}");
        var x = Unit(rows, mean).Copy([.. Enumerable.Range(0, ids.Length)]);
        return LinearHead.Fit(HeadRows.Of(x, job.FeatureDim, classes, job.Classes.Count), cancel: cancel);
    }

    private static float[] Margins(LinearHead head, UnitRows rows, int count)
    {
        var p = head.Probabilities(rows.Copy([.. Enumerable.Range(0, count)]));
        return [.. Enumerable.Range(0, count).Select(i =>
            1 - UncertaintyCoverageStrategy.Margin(p.AsSpan(i * head.Classes, head.Classes)))];
    }

    /// <summary>Unlabelled images, drawn without replacement, ascending.</summary>
    private int[] Sampled(int count, SortedDictionary<int, int> labels)
    {
        if (count >= job.Images - labels.Count)
            return [.. Enumerable.Range(0, job.Images).Where(id => !labels.ContainsKey(id))];
        var (random, drawn) = (new Random((int)Seed), new SortedSet<int>());
        while (drawn.Count < count)
            if (random.Next(job.Images) is var id && !labels.ContainsKey(id)) drawn.Add(id);
        return [.. drawn];
    }

    /// <summary>Rows of those images that have features.</summary>
    private (int[] Ids, Half[] Rows) Rows(int[] images, CancellationToken cancel)
    {
        var (ids, rows) = (new List<int>(), new List<Half>());
        foreach (var shard in images.GroupBy(id => id / job.ShardSize))
        {
            cancel.ThrowIfCancellationRequested();
            var whole = shard.Count() * (long)FewOfAShard >= job.ImagesIn(shard.Key) ? ReadRows(shard.Key) : null;
            foreach (var id in shard)
            {
                if (RowOf(whole, shard.Key, id % job.ShardSize) is not { } row) continue;
                ids.Add(id);
                rows.AddRange(row);
            }
        }
        return ([.. ids], [.. rows]);
    }

    // of a few images of a shard the file is not read whole
    private Half[]? RowOf(ShardRows? whole, int shard, int image) =>
        whole is null ? RowFile.ReadRow(files.Store, JobFiles.File(Stage.Embed, shard), image, job.ImagesIn(shard),
            job.FeatureDim)
        : whole.Has[image] ? whole.Row(image).ToArray() : null;

    private SortedDictionary<int, int> Labels() => _labels ??= files.Labels();

    private ShardRows ReadRows(int shard) =>
        RowFile.Read(files.Need(Stage.Embed, shard), JobFiles.File(Stage.Embed, shard));

    private JobModel Model() =>
        _model ??= JobModel.Read(files.Need(Stage.Fit, 0), JobFiles.File(Stage.Fit, 0));

    private UnitRows Unit(Half[] rows, double[] mean)
    {
        var dim = job.FeatureDim;
        return new(rows.Length / dim, dim, (row, into) => Widen(rows.AsSpan(row * dim, dim), into), mean);
    }

    private static void Widen(ReadOnlySpan<Half> row, Span<float> into) =>
        System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(row, into);

    private long Seed => Seeds.Derive(job.Seed, "coverage", 0);
}
