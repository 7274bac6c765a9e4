using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Vaal.Coverage;
using Vaal.Heads;
using Vaal.Strategies;

namespace Vaal.Tests.Encoders;

/// <summary>
/// The linear head and coverage against numbers made with numpy and scikit-learn: the folder that VAAL_FEATURE_PARITY
/// names, or
/// <c>../shared/parity/features</c> beside the repository. All sizes come from the files.
/// </summary>
public sealed partial class FeatureParityTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void LinearHead_Probabilities_AreThoseOfScikitLearn()
    {
        var set = Reference.Read();
        var found = set.Head().Probabilities(set.Test.Copy([.. Enumerable.Range(0, set.Test.Count)]));
        var expected = set.Numbers("probabilities_test.npy");
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, Tolerance));
    }

    [Fact]
    public void LinearHead_Objective_IsTheMinimum()
    {
        var set = Reference.Read();
        var expected = set.Of("head", "objective").GetDouble();
        Assert.Equal(expected, set.Head().Objective, 1e-6 * expected);
    }

    [Fact]
    public void LinearHead_CoefficientsAndIntercepts_AreThoseOfScikitLearn()
    {
        var set = Reference.Read();
        var (weights, intercepts) = set.Head().Coefficients();
        Assert.All(set.Numbers("coef.npy").Zip(weights), p => Assert.Equal(p.First, p.Second, 1e-3));
        Assert.All(set.Numbers("intercept.npy").Zip(intercepts), p => Assert.Equal(p.First, p.Second, 1e-3));
    }

    [Trait("Category", "Slow")]
    [Theory]
    [InlineData("coverage_from_zero", false, false)]
    [InlineData("coverage", true, false)]
    [InlineData("uncertainty_coverage", true, true)]
    public void Coverage_PicksAndGains_AreThoseOfTheReference(string name, bool labelled, bool uncertain)
    {
        var set = Reference.Read();
        int[] picks = [.. set.Of(name, "picks").EnumerateArray().Select(e => e.GetInt32())];
        double[] gains = [.. set.Of(name, "gains").EnumerateArray().Select(e => e.GetDouble())];
        int[] covered = labelled ? set.Labelled : [];
        var sigma = GreedyCover.Sigma(set.Pool, covered.Length, picks.Length);
        Assert.Equal(set.Of(name, "sigma").GetDouble(), sigma, 1e-6);
        int[] candidates = [.. Enumerable.Range(0, set.Pool.Count).Except(covered)];
        var cover = new GreedyCover(set.Pool, candidates, covered, picks.Length, Likeness.Gaussian(sigma));
        var found = cover.Choose(picks.Length, uncertain ? set.Uncertainty() : null, absolute: true);
        Assert.Equal(picks, found.Picks);
        Assert.All(gains.Zip(found.Gains), p => Assert.Equal(p.First, p.Second, 2e-4 * p.First));
    }

    private sealed class Reference
    {
        private static readonly Lazy<Reference> _read = new(() => new(Folder));
        private readonly string _folder;
        private readonly JsonElement _expected;
        private readonly int[] _classes, _names;

        private Reference(string folder)
        {
            _folder = folder;
            _expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json"))).RootElement;
            var values = Array.ConvertAll(Numbers("features.npy"), v => (float)v);
            _classes = Integers(_expected.GetProperty("classes"));
            _names = Integers(Of("head", "classes"));
            Labelled = Integers(_expected.GetProperty("labelled"));
            var (pool, width) = (_expected.GetProperty("pool").GetInt32(), values.Length / _classes.Length);
            Pool = UnitRows.Of(values[..(pool * width)], width);
            Test = UnitRows.Of(values[(pool * width)..], width, Pool.Mean);
        }

        public UnitRows Pool { get; }
        public UnitRows Test { get; }
        public int[] Labelled { get; }

        private static string Folder =>
            Environment.GetEnvironmentVariable("VAAL_FEATURE_PARITY") is { Length: > 0 } named
                ? named : Path.GetFullPath(Path.Combine(Repository.Root, "../shared/parity/features"));

        /// <summary>Once for all tests.</summary>
        public static Reference Read()
        {
            Assert.SkipUnless(File.Exists(Path.Combine(Folder, "expected.json")),
                $"no reference numbers in {Folder}; VAAL_FEATURE_PARITY names another folder");
            return _read.Value;
        }

        public JsonElement Of(string name, string of) => _expected.GetProperty(name).GetProperty(of);

        public LinearHead Head()
        {
            int[] labels = [.. Labelled.Select(row => Array.IndexOf(_names, _classes[row]))];
            var options = new LinearHeadOptions { C = Of("head", "C").GetDouble() };
            return LinearHead.Fit(HeadRows.Of(Pool.Copy(Labelled), Pool.Width, labels, _names.Length), options);
        }

        public float[] Uncertainty()
        {
            var p = Head().Probabilities(Pool.Copy([.. Enumerable.Range(0, Pool.Count)]));
            return [.. p.Chunk(_names.Length).Select(row => 1 - UncertaintyCoverageStrategy.Margin(row))];
        }

        /// <summary>Of a .npy file, as float64, whatever its type.</summary>
        public double[] Numbers(string name)
        {
            var bytes = File.ReadAllBytes(Path.Combine(_folder, name));
            var start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
            var type = Regex.Match(Encoding.Latin1.GetString(bytes, 10, start - 10), "<f[248]").Value;
            var numbers = bytes.AsSpan(start);
            return type switch
            {
                "<f2" => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(numbers).ToArray(), v => (double)v),
                "<f4" => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(numbers).ToArray(), v => (double)v),
                _ => MemoryMarshal.Cast<byte, double>(numbers).ToArray(),
            };
        }

        private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetInt32())];
    }
}
