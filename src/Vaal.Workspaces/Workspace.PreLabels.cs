using System.Globalization;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>What the last task model that gives classes to images predicted for images without a label, by path:
    /// suggestions for labelling tools. Of the test set there are none, whatever the file says.</summary>
    private Dictionary<string, (string Class, double Probability)> PreLabels()
    {
        var found = new Dictionary<string, (string, double)>(StringComparer.Ordinal);
        var last = Trainings().LastOrDefault(t => t.Masks is null
            && File.Exists(Path.Combine(ModelOf(t.Id), PredictionsName)));
        if (last is null) return found;
        var (known, several) = (KnownClasses().ToHashSet(), IsMultiLabel);
        var table = CsvTable.Open(Path.Combine(ModelOf(last.Id), PredictionsName), ImportContext.Empty);
        var (path, predicted, probability) =
            (table.Required("path"), table.Required("predicted"), table.Required("probability"));
        foreach (var row in table.Body())
            if (row[path] is { } image && row[predicted] is { } name && IsKnown(name)
                && double.TryParse(row[probability], NumberStyles.Float, Invariant, out var p))
                found[image] = (name, p);
        return found;

        bool IsKnown(string cell) => several ? ClassSet.OfCell(cell, known.Contains).All(known.Contains)
            : known.Contains(cell);
    }

    private const string PredictionsName = "predictions.csv";
}
