using Vaal.Data;
using Vaal.Records;
using Vaal.Reports;

namespace Vaal.Tests.Reports;

/// <summary>A report on images that are drawn here: every section filled, every number the same each time.</summary>
internal static class SampleReport
{
    private static readonly string[] _classes =
        ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    /// <summary>What people and other programs name their files.</summary>
    public static readonly string[] HostileNames =
    [
        "</script><script>document.title='pwned'</script>.jpg", "\" onmouseover=\"alert(1)\" x=\".jpg",
            "'; </style><img src=x onerror=alert(1)>.png", "<!--", "]]>", "{{body}}{{data}}.jpg",
        "صورة عطلة‎.jpg", "abc\u202egpj.exe", "tab\there\u0001.jpg", "e\u0301 \u00e9.png", "\ud83d\ude00 smile.webp",
            "a&amp;b & c.jpg", "C:\\photos\\1.jpg", "\u2028line.jpg", new string('w', 200) + ".jpg",
    ];

    public static ReportData Of(int images, int picks, string[]? names = null)
    {
        using var pool = Draw(images);
        var random = new Random(4);
        string Name(int i) => names is null
            ? $"photos/2026/{_classes[i % 10].Replace(' ', '-')}/IMG_{i:00000}.jpg"
            : names[i % names.Length];
        double[] score = [.. Enumerable.Range(0, images).Select(i => Normal(random) + (i % 10 > 6 ? 1.6 : 0))];
        int[] chosen =
            [.. Enumerable.Range(0, images).Where(i => i % 7 != 0).OrderByDescending(i => score[i]).Take(picks)];
        var rank = chosen.Index().ToDictionary(c => c.Item, c => c.Index + 1);
        var points = Enumerable.Range(0, images)
            .Select(i =>
                new ReportPoint(
                    (float)(3 * Math.Cos(i % 10) + Normal(random)),
                    (float)(3 * Math.Sin(1.7 * (i % 10)) + 0.8 * Normal(random)),
            rank.ContainsKey(i)
                ? PointKind.Chosen
                : i % 7 == 0
                ? PointKind.Labelled
                : PointKind.Unlabelled, Name(i), score[i], rank.TryGetValue(i, out var r)
                ? r
                : null)).ToList();
        var groups = Enumerable.Range(0, Math.Min(12, images / 5))
            .Select(g => Enumerable.Range(g * 5, 2 + g % 3).ToArray()).ToArray();
        return new ReportData
        {
            Title = names?[0] ?? "wardrobe",
            Subtitle = $"Round 3 of 3, strategy vaal: {picks:N0} images chosen of {images:N0}, seed 1.",
            Version = "0.1.0",
            Made = new DateTimeOffset(2026, 11, 23, 10, 30, 0, TimeSpan.Zero),
            Counts = [
                new("images", images), new("labelled", images / 7), new("unlabelled", images - images / 7),
                new("near-duplicates", groups.Sum(g => g.Length)), new("broken files", 3)],
            Health = new ReportHealth(
                HealthLevel.Informative,
                "The discriminator tells labelled from unlabelled images that it has never seen; the ranking is " +
                "better than drawing at random.",
            [
                new("held-out AUC", "0.71 (0.66 to 0.76)", "0.5 is chance"),
                    new("active units", "19", "active latent dimensions"),
                new("KL", "31.4 nats", "what the latent says of an image"),
                    new("reconstruction", "0.041", "the mean image reaches 0.172"),
            ]),
            Picks = new ReportPicks(
                [.. chosen.Select(
                    (id, i) =>
                        new ReportPick(Name(id), i + 1, score[id], names is null
                            ? (i % 3 == 0 ? "looks least like what is labelled" : "far from the rest of the batch")
                            : Name(id + 1), i % 5 == 0
                            ? names?[2] ?? "bag" : null))],
                Thumbnails.Of(pool, chosen, 64), picks),
            Map = new ReportMap(
                points, Thumbnails.Of(pool, [.. Enumerable.Range(0, images)]), 0.412, 0.187, 3 * images),
            Scores = ScoreHistogram.Of(
                [.. score.Where((_, i) => i % 7 == 0).Select(s => (float)(0.7 * s - 0.8))],
                [.. score.Where((_, i) => i % 7 != 0).Select(s => (float)s)], heldOut: true),
            Training = new([.. Curve()], null),
            Classes = new([.. _classes.Select((c, i) => new ReportCount(names?[i % names.Length] ?? c, 420 / (i + 1)))],
                null),
            LearningCurve = new ReportAccuracy(
                [200, 400, 600, 800],
                [new(0.621, 0.58, 0.66), new(0.704, 0.67, 0.74), new(0.748, 0.715, 0.78), new(0.771, 0.74, 0.80)],
                "Accuracy on the 500 images of the test set, with its 95% interval, after each training of the task " +
                    "model."),
            NearDuplicates = new ReportGroups(
                [.. groups.Select(g => g.Select(Name).ToArray())],
                Thumbnails.Of(pool, [.. groups.SelectMany(g => g)], 64), groups.Length, groups.Sum(g => g.Length)),
            Rounds = [
                .. Enumerable.Range(1, 3)
                .Select(r =>
                    new ReportRound(r, r == 1
                        ? "k-center"
                        : "vaal", 1, $"{picks}", r < 3
                        ? picks
                        : picks / 5, new(2026, 11, 20 + r, 9, 0, 0, TimeSpan.Zero), TimeSpan.FromMinutes(4.2 + r),
                r == 1 ? names?[0] ?? "cold start: nothing was labelled, so a spread-out batch" : "informative"))],
        };
    }

    /// <summary>The same frame with nothing in it.</summary>
    public static ReportData Empty() => Of(0, 0) with
    {
        Health = Section.Missing<ReportHealth>("no round, no verdict"),
        Picks = Section.Missing<ReportPicks>("nothing chosen yet"),
        Map = Section.Missing<ReportMap>("no VAE was trained"),
        Scores = Section.Missing<ScoreHistogram>("no discriminator was trained"),
        Training = Section.Missing<IReadOnlyList<TrainingPoint>>("nothing was trained"),
        Classes = Section.Missing<IReadOnlyList<ReportCount>>("no labels with a class"),
        LearningCurve = Section.Missing<ReportAccuracy>("no task model was trained"),
        NearDuplicates = Section.Missing<ReportGroups>("no two images look alike"),
        Rounds = [],
    };

    /// <summary>Discs and bars on a gradient, with the grain of a real sensor.</summary>
    public static ImageSet Draw(int count, int size = 32)
    {
        var random = new Random(1);
        var bytes = new byte[count * 3 * size * size];
        for (var i = 0; i < count; i++)
        {
            var (cx, cy, r, hue, kind) = (
                random.Next(8, size - 8), random.Next(8, size - 8), random.Next(5, size / 2),
                random.NextDouble() * 6.28, i % 10);
            for (var p = 0; p < size * size; p++)
            {
                var (x, y) = (p % size, p / size);
                var inside = kind < 5
                    ? (x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r
                    : Math.Abs((kind % 2 == 0 ? x : y) - cx) < r / 2;
                for (var c = 0; c < 3; c++)
                    bytes[(i * 3 + c) * size * size + p] = (byte)Math.Clamp(
                        (inside ? 190 : 60 + y) + 55 * Math.Sin(hue + 2 * c + kind) + random.Next(-12, 13), 0, 255);
            }
        }
        return new ImageSet(PixelStore.Copy(bytes), 3, size, size);
    }

    private static IEnumerable<TrainingPoint> Curve()
    {
        var random = new Random(2);
        for (var step = 10; step <= 2_000; step += 10)
            yield return new("training VAE and discriminator", step, new Dictionary<string, double>
            {
                ["recon"] = 0.04 + 0.5 / (1 + step / 60.0) + 0.01 * random.NextDouble(),
                ["kl"] = 32 * (1 - Math.Exp(-step / 500.0)) + random.NextDouble(),
                ["adv"] = 0.7 + 0.3 * Math.Exp(-step / 300.0) + 0.05 * random.NextDouble(),
                ["d"] = 0.69 - 0.15 * step / 2000 + 0.05 * random.NextDouble(),
            });
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
