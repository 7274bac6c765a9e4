using System.Globalization;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Oracles;

/// <summary>What the label of each image costs, and what a budget buys.</summary>
internal sealed class LabelCosts
{
    private const string Index = "index", Image = "path", Cost = "cost";

    /// <summary>More than this is a slip of the pen, and sums stay exact.</summary>
    private const decimal Most = 1_000_000_000_000;

    /// <summary>A benefit of 0 may come out this far below it.</summary>
    private const double Rounding = 1e-4;

    private readonly decimal?[] _costs;

    /// <param name="path">a CSV file with a column <c>cost</c> and one that says of which image: <c>path</c> where the
    /// images are files, else <c>index</c>,
    /// the image's number in the pool; other columns, and images that are not in the pool, are passed over</param>
    /// <exception cref="InputException">the file or a column is missing, a cost is not above 0, or an image has none or
    /// two</exception>
    public LabelCosts(string path, ImageSet images)
    {
        var key = images.Paths.Count > 0 ? Image : Index;
        if (!File.Exists(path))
            throw new InputException($"no file {path}; expected a CSV file with columns {key} and {Cost}");
        _costs = new decimal?[images.Count];
        var ids = images.Paths.Index().ToDictionary(p => p.Item, p => p.Index);
        var table = CsvTable.Of(path, RegularFile.ReadAllText(path));
        var (image, price) = (table.Required(key), table.Required(Cost));
        foreach (var row in table.Body())
        {
            var where = $"{path}, {row.Where}";
            if (row.Problem is not null) throw new InputException($"{where}: {row.Problem}");
            if (IdOf(row[image] ?? "", ids, where) is not { } id) continue;
            if (_costs[id] is not null) throw new InputException($"{where}: image {row[image]} has a cost already");
            const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            _costs[id] = decimal.TryParse(row[price], style, CultureInfo.InvariantCulture, out var cost)
                && cost is > 0 and <= Most ? cost : throw new InputException(
                    $"{where}: {Cost} is '{row[price]}'; expected a number above 0, {Most:0} at most");
        }
        if (Array.IndexOf(_costs, null) is var missing and >= 0)
            throw new InputException(
                $"{path} has no cost for image {(key == Image ? images.Paths[missing] : missing)}; each of the " +
                $"{images.Count:N0} labels needs one");
    }

    public decimal Of(int id) => _costs[id]!.Value;

    public decimal Of(IEnumerable<int> ids) => ids.Sum(Of);

    /// <summary>How many of the images the budget buys where one takes the cheapest.</summary>
    public int AtMost(IEnumerable<int> ids, decimal budget)
    {
        var left = budget;
        return ids.Select(Of).Order().TakeWhile(cost => (left -= cost) >= 0).Count();
    }

    /// <summary>Goes through a ranking and takes what still fits into the budget; what does not is passed
    /// over.</summary>
    public IReadOnlyList<int> Spend(IEnumerable<int> ranking, decimal budget)
    {
        var taken = new List<int>();
        foreach (var id in ranking)
        {
            if (Of(id) > budget) continue;
            budget -= Of(id);
            taken.Add(id);
        }
        return taken;
    }

    /// <summary>By benefit for each unit of cost, the highest first (return on investment: Haertel et al. 2008); of
    /// equal ones the lower id.</summary>
    /// <exception cref="InputException">some scores are no benefits, as they are below 0, or there are none</exception>
    public IReadOnlyList<int> PerCost(Selection ranking, Func<float, double> benefit)
    {
        if (ranking.Scores.Count != ranking.Ids.Count)
            throw new InputException("expected a score of each image, which a cost divides, found "
                + $"{ranking.Scores.Count} for {Counted.Of(ranking.Ids.Count, "image")}; leave scores per cost out");
        double[] benefits = [.. ranking.Scores.Select(benefit)];
        if (benefits.Any(b => b < -Rounding))
            throw new InputException(
                "the strategy's scores go below 0, so they cannot be divided by a cost; leave scores per cost out");
        return [.. ranking.Ids.Zip(benefits).OrderByDescending(p => Math.Max(p.Second, 0) / (double)Of(p.First))
            .ThenBy(p => p.First).Select(p => p.First)];
    }

    private int? IdOf(string cell, Dictionary<string, int> paths, string where)
    {
        if (paths.Count > 0) return paths.TryGetValue(cell.Replace('\\', '/'), out var found) ? found : null;
        if (!int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            throw new InputException($"{where}: {Index} is '{cell}'; expected a number");
        return id < _costs.Length ? id : null;
    }
}
