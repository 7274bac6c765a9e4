using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>Where the head and people disagree on one class of an image that may have several.</summary>
internal static class MultiLabelDoubts
{
    /// <param name="Class">number on the board of the class that makes the difference</param>
    /// <param name="Probability">of the answer, yes or no, that is not the label's</param>
    public sealed record Doubt(int Position, int Class, double Probability);

    /// <summary>Answers on labelled test images that the head turns round, the surest first.</summary>
    public static List<(Doubt Doubt, IReadOnlyList<string> Given, IReadOnlyList<string> Believed)> Mistakes(
        Serving serving, Seen seen) => Tested(serving, seen.Board) is not var (learned, positions, p) ? []
        : Of(seen.Board, learned, positions, p, positions.Select(at => seen.ClassesOf(at).ToArray()).ToArray());

    /// <summary>Answers of labels of the pool that heads which did not see them turn round, the surest first.</summary>
    public static List<(Doubt Doubt, IReadOnlyList<string> Given, IReadOnlyList<string> Believed)> Suspects(
        Learned learned, HeldOut held, Seen seen)
    {
        var b = seen.Board;
        int[] positions = [.. held.Rows.Select(r => learned.Index.Positions[r])];
        int[] numbers = NumbersOf(learned, b);
        int[][] given = [.. held.Sets.Select(s => s.Select(k => numbers[k]).ToArray())];
        // a label that was changed since says nothing
        return [.. Of(b, learned, positions, held.Probabilities, given).Where(d => b.IsKnown(d.Doubt.Position)
            && !seen.Hides(d.Doubt.Position)
            && d.Given.SequenceEqual(NamesOf(b, seen.ClassesOf(d.Doubt.Position).ToArray())))];
    }

    public static DoubtApi.DoubtsJson Suspects(Serving serving, Learned learned, int count,
        Workspace.Admitted person) => serving.With(person, seen =>
            learned.HeldOut is not { } held || learned.Index.Images != seen.Board.Rows ? new DoubtApi.DoubtsJson([], 0)
            : Page(Suspects(learned, held, seen), count, seen.Image));

    /// <summary>Unlabelled images of the pool under each class that the head predicts, the surest first.</summary>
    public static Dictionary<string, List<(int Position, float Probability)>> Predicted(Learned learned, Seen seen)
    {
        var (k, found) = (learned.Names.Length, new Dictionary<string, List<(int, float)>>());
        int[] rows = [.. Enumerable.Range(0, learned.Index.Positions.Length)
            .Where(r => seen.MayBePredicted(learned.Index.Positions[r]))];
        foreach (var block in rows.Chunk(1 << 13))
        {
            var p = learned.Probabilities(block);
            for (var i = 0; i < p.Length; i++)
            {
                if (p[i] < 0.5) continue;
                var name = learned.Names[i % k];
                if (!found.TryGetValue(name, out var list)) found[name] = list = [];
                list.Add((learned.Index.Positions[block[i / k]], (float)p[i]));
            }
        }
        foreach (var list in found.Values) list.Sort((a, c) => c.Item2.CompareTo(a.Item2));
        return found;
    }

    /// <summary>How the yes and no of each class came out on labelled test images.</summary>
    public static IReadOnlyList<DoubtApi.ClassCountsJson> PerClass(Serving serving, Seen seen)
    {
        if (Tested(serving, seen.Board) is not var (learned, positions, p)) return [];
        var (k, numbers) = (learned.Names.Length, NumbersOf(learned, seen.Board));
        return [.. Enumerable.Range(0, k).Select(c =>
        {
            int Count(bool has, bool predicted) => Enumerable.Range(0, positions.Length).Count(i =>
                seen.ClassesOf(positions[i]).Contains(numbers[c]) == has && p[i * k + c] >= 0.5 == predicted);
            return new DoubtApi.ClassCountsJson(learned.Names[c], Count(true, true), Count(true, false),
                Count(false, true), Count(false, false));
        })];
    }

    public static DoubtApi.DoubtsJson Page(
        List<(Doubt Doubt, IReadOnlyList<string> Given, IReadOnlyList<string> Believed)> doubts, int count,
        Func<int, ImageJson> image) => new([.. doubts.Take(count).Select(d => new DoubtApi.DoubtJson(
            image(d.Doubt.Position), ClassSet.ToCell(d.Given), ClassSet.ToCell(d.Believed), d.Doubt.Probability)
        {
            GivenClasses = d.Given,
            BelievedClasses = d.Believed,
        })], doubts.Count);

    private static List<(Doubt Doubt, IReadOnlyList<string> Given, IReadOnlyList<string> Believed)> Of(Board b,
        Learned learned, int[] positions, double[] p, int[][] given)
    {
        var (k, numbers) = (learned.Names.Length, NumbersOf(learned, b));
        var found = new List<Doubt>();
        var labels = new Dictionary<int, int[]>();
        for (var i = 0; i < positions.Length; i++)
        {
            labels[positions[i]] = given[i];
            for (var c = 0; c < k; c++)
            {
                var has = given[i].Contains(numbers[c]);
                var other = has ? 1 - p[i * k + c] : p[i * k + c];
                if (other > 0.5) found.Add(new(positions[i], numbers[c], other));
            }
        }
        return [.. found.OrderByDescending(d => d.Probability).ThenBy(d => d.Position).Select(d =>
        {
            var label = labels[d.Position];
            return (d, (IReadOnlyList<string>)NamesOf(b, label), (IReadOnlyList<string>)NamesOf(b,
                 label.Contains(d.Class) ? label.Where(n => n != d.Class) : label.Append(d.Class)));
        })];
    }

    private static (Learned Learned, int[] Positions, double[] P)? Tested(Serving serving, Board b)
    {
        if (serving.Learner.Now is not { Head: not null } learned || learned.Index.Images != b.Rows) return null;
        var index = learned.Index;
        int[] rows = [.. Enumerable.Range(0, index.TestPositions.Length)
            .Where(r => b.IsKnown(index.TestPositions[r]))];
        return (learned, [.. rows.Select(r => index.TestPositions[r])],
            learned.Head.Probabilities(index.Test.Copy(rows)));
    }

    // the board's numbers of the head's classes
    private static int[] NumbersOf(Learned learned, Board b) =>
        [.. learned.Names.Select(b.FindClass)];

    private static string[] NamesOf(Board b, IEnumerable<int> numbers) =>
        ClassSet.Of(numbers.Where(n => n >= 0).Select(n => b.Classes[n].Name));
}
