
namespace Vaal.Data;

/// <summary>A test set for sources that have none.</summary>
public static class TestSplit
{
    /// <summary>The set itself where it has test images, or no labels. Otherwise at most a share of its images is set
    /// apart, equally many of each class as far as that goes. Never more than half of a class is taken.</summary>
    /// <param name="data">is disposed where images are set apart: use the set that is returned</param>
    /// <param name="share">of the images, above 0 and at most 0.5</param>
    /// <exception cref="ArgumentOutOfRangeException">the share is another number</exception>
    public static DataSet WithTest(this DataSet data, long seed, double share = 0.2)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(share is > 0 and <= 0.5))
            throw new ArgumentOutOfRangeException(nameof(share), share, "expected a share above 0 and at most 0.5");
        if (data.Test is { Count: > 0 } || !LabelForm.Of(data.Pool).IsIn(data.Pool)) return data;
        var test = InitialPool.Draw(
            data.Pool, (int)(share * data.Pool.Count), InitialDraw.Stratified, Seeds.Derive(seed, "test split", 0));
        if (data.Pool.Classes.Count > 0)
        {
            var most = data.Pool.Classes.CountBy(c => c).ToDictionary(p => p.Key, p => p.Value / 2);
            test = [.. test.Where(id => most[data.Pool.Classes[id]]-- > 0)];
        }
        var chosen = test.ToHashSet();
        int[] rest = [.. Enumerable.Range(0, data.Pool.Count).Where(id => !chosen.Contains(id))];
        var split = data.With(data.Pool.Subset(rest), data.Pool.Subset(test),
            [$"{data.Name} has no test images: {test.Length:N0} of its {data.Pool.Count:N0} "
                + $"{(test.Length == 1 ? "was" : "were")} set apart to test on"]);
        data.Dispose();
        return split;
    }
}
