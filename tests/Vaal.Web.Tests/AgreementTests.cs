using System.Collections;

namespace Vaal.Web.Tests;

/// <summary>The intervals of agreement, against statistics that are worked out anew without each image. Published
/// examples are among the tests of the API.</summary>
public sealed class AgreementTests
{
    /// <summary>One of three answers is missing, and one of two is a guess.</summary>
    private static List<IReadOnlyList<string>> Units(int seed, int images, int people, int classes)
    {
        var random = new Random(seed);
        var units = new List<IReadOnlyList<string>>();
        for (var i = 0; i < images; i++)
        {
            var (said, right) = (new List<string>(), random.Next(classes));
            for (var p = 0; p < people; p++)
                if (random.Next(3) > 0) said.Add($"c{(random.Next(2) == 0 ? right : random.Next(classes))}");
            units.Add(said);
        }
        return units;
    }

    [Theory]
    [InlineData(1, 200, 2, 2)]
    [InlineData(2, 200, 4, 3)]
    [InlineData(3, 200, 7, 12)]
    [InlineData(4, 12, 3, 2)]
    public void Alpha_OfManyImages_HasTheIntervalOfLeavingEachOut(int seed, int images, int people, int classes)
    {
        var units = Units(seed, images, people, classes);
        Same(LeavingEachOut(units.FindAll(u => u.Count > 1), AlphaOf), Agreement.Alpha(units));
    }

    [Theory]
    [InlineData(1, 200, 2)]
    [InlineData(2, 200, 12)]
    [InlineData(3, 7, 3)]
    public void Kappa_OfManyImages_HasTheIntervalOfLeavingEachOut(int seed, int images, int classes)
    {
        var random = new Random(seed);
        List<(string, string)> pairs = [];
        for (var i = 0; i < images; i++)
        {
            var said = $"c{random.Next(classes)}";
            pairs.Add((said, random.Next(2) == 0 ? said : $"c{random.Next(classes)}"));
        }
        Same(LeavingEachOut(pairs, KappaOf), Agreement.Kappa(pairs));
    }

    /// <summary>Without the one image that differs nothing can be said.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(20)]
    public void Agreement_OfOneImageThatDiffers_HasNoInterval(int images)
    {
        List<(string A, string B)> pairs = [("a", "b"), .. Enumerable.Repeat(("a", "a"), images - 1)];
        List<IReadOnlyList<string>> units = [.. pairs.Select(p => new[] { p.A, p.B })];
        Assert.True(double.IsNaN(Agreement.Kappa(pairs)!.Value.Low));
        Assert.True(double.IsNaN(Agreement.Alpha(units)!.Value.Low));
        Assert.Null(Agreement.Kappa(pairs[1..]));
        Assert.Null(Agreement.Alpha(units[1..]));
    }

    /// <summary>Two people who agree on a few images need not agree on all.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void Agreement_OfPeopleWhoAlwaysAgree_HasNoInterval(int images)
    {
        List<(string A, string B)> pairs =
            [.. Enumerable.Range(0, images).Select(i => i % 2 == 0 ? ("a", "a") : ("b", "b"))];
        var kappa = Agreement.Kappa(pairs)!.Value;
        var alpha = Agreement.Alpha(pairs.Select(p => new[] { p.A, p.B }))!.Value;
        Assert.Equal((1.0, 1.0), (kappa.Estimate, alpha.Estimate));
        Assert.All([kappa.Low, kappa.High, alpha.Low, alpha.High], end => Assert.True(double.IsNaN(end)));
    }

    /// <summary>Worked out by hand: κ is 0.5 without one of the four that agree, and 1 without the fifth. The error is
    /// 0.4.</summary>
    [Fact]
    public void Kappa_OfFiveImages_HasStudentsInterval()
    {
        var kappa = Agreement.Kappa([("a", "a"), ("a", "a"), ("b", "b"), ("b", "b"), ("a", "b")])!.Value;
        Assert.Equal(8.0 / 13, kappa.Estimate, 1e-12);
        Assert.Equal(8.0 / 13 - 2.776445 * 0.4, kappa.Low, 1e-6);
        Assert.Equal(1, kappa.High);
    }

    /// <summary>Twice as many images are twice the work.</summary>
    [Fact]
    public void Agreement_OfManyImages_ReadsEachAFewTimes()
    {
        const int images = 500;
        var read = 0;
        var pairs = Enumerable.Range(0, images).Select(i => ($"c{i % 3}", $"c{i % 4}")).ToList();
        Agreement.Kappa(new Counting<(string, string)>(pairs, () => read++));
        Assert.InRange(read, images, 10 * images);
        read = 0;
        Agreement.Alpha(pairs.Select(p => new Counting<string>([p.Item1, p.Item2], () => read++)));
        Assert.InRange(read, 2 * images, 20 * images);
    }

    private static void Same(Interval expected, Interval? found)
    {
        Assert.Equal(expected.Estimate, found!.Value.Estimate, 1e-12);
        Assert.Equal(double.IsNaN(expected.Low), double.IsNaN(found.Value.Low));
        if (double.IsNaN(expected.Low)) return;
        Assert.Equal(expected.Low, found.Value.Low, 1e-9);
        Assert.Equal(expected.High, found.Value.High, 1e-9);
    }

    private static Interval LeavingEachOut<T>(List<T> items, Func<List<T>, double> statistic)
    {
        var (whole, n) = (statistic(items), items.Count);
        double[] without = [.. Enumerable.Range(0, n).Select(i => statistic([.. items[..i], .. items[(i + 1)..]]))];
        var mean = without.Average();
        var error = Math.Sqrt((n - 1.0) / n * without.Sum(v => (v - mean) * (v - mean)));
        var t = MathNet.Numerics.Distributions.StudentT.InvCDF(0, 1, n - 1, 0.975);
        return new(whole, Math.Max(-1, whole - t * error), Math.Min(1, whole + t * error));
    }

    private static double KappaOf(List<(string A, string B)> pairs)
    {
        double n = pairs.Count;
        var observed = pairs.Count(p => p.A == p.B) / n;
        var expected = pairs.Select(p => p.A).Distinct()
            .Sum(c => pairs.Count(p => p.A == c) / n * (pairs.Count(p => p.B == c) / n));
        return expected == 1 ? double.NaN : (observed - expected) / (1 - expected);
    }

    // by Krippendorff's matrix of coincidences: each pair of answers to one image, both ways round
    private static double AlphaOf(List<IReadOnlyList<string>> units)
    {
        var (observed, n, of) = (0.0, 0.0, new Dictionary<string, double>());
        foreach (var unit in units)
            for (var i = 0; i < unit.Count; i++)
            {
                n++;
                of[unit[i]] = of.GetValueOrDefault(unit[i]) + 1;
                observed += (double)unit.Where((c, j) => j != i && c != unit[i]).Count() / (unit.Count - 1);
            }
        var expected = (from c in of
                        from k in of
                        where c.Key != k.Key
                        select c.Value * k.Value).Sum() / (n - 1);
        return expected == 0 ? double.NaN : 1 - observed / expected;
    }

    /// <summary>A list that tells how often it is read.</summary>
    private sealed class Counting<T>(List<T> items, Action read) : IReadOnlyList<T>
    {
        public int Count => items.Count;

        public T this[int index]
        {
            get
            {
                read();
                return items[index];
            }
        }

        public IEnumerator<T> GetEnumerator()
        {
            foreach (var item in items)
            {
                read();
                yield return item;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
