using System.Text.Json;

namespace Vaal.Data.Labels;

// JSON-MIN and tables do not say what a control is: a choice and a text that somebody typed look the same.
internal static partial class LabelStudio
{
    // as Label Studio's templates call controls that hold no class
    private static readonly string[] _noChoices =
    [
        "caption", "text", "textarea", "transcription", "ocr", "description", "comment", "comments", "note", "notes",
    ];

    /// <summary>
    /// JSON-MIN has the task's data, its id, one field for each control, then who and when, in this order.
    /// </summary>
    private static IEnumerable<JsonProperty> ControlsOf(JsonElement task)
    {
        var controls = false;
        foreach (var field in task.EnumerateObject())
        {
            if (field.Name is "id" or "annotator" or "annotation_id") controls = field.Name == "id";
            else if (controls) yield return field;
        }
    }

    /// <param name="choices">the control whose text is a choice; null: none is</param>
    private static void ReadMin(JsonElement task, string? choices, string where, ImportLog log)
    {
        var image = ImageOf(task);
        var regions = new Regions(log);
        foreach (var field in ControlsOf(task)) regions.AddMin(field.Name, field.Value, field.Name == choices);
        Add(regions, image, task.String("annotator"), WhenOf(task), where, log);
    }

    private static string? ChoicesIn(byte[] json, string file)
    {
        var (texts, sure) = (new HashSet<string>(), new HashSet<string>());
        void Look(JsonElement task)
        {
            if (task.ValueKind != JsonValueKind.Object) return;
            foreach (var control in ControlsOf(task))
            {
                if (IsText(control.Value)) texts.Add(control.Name);
                else if (IsChoices(control.Value)) sure.Add(control.Name);
            }
        }
        if (!Sources.EachItem(json, null, Look))
        {
            using var document = Sources.JsonValue(json);
            Look(document.RootElement);
        }
        return sure.Count == 1 ? sure.Single() : OnlyChoices(texts, file);
    }

    /// <summary>The only control whose text can be a choice; null: there is none.</summary>
    /// <param name="texts">the names of controls that have text in the file</param>
    /// <exception cref="InputException">there are several, and nobody knows which of them names classes</exception>
    private static string? OnlyChoices(IEnumerable<string> texts, string file)
    {
        string[] possible = [.. texts.Where(t => !_noChoices.Contains(t.ToLowerInvariant()))
            .Order(StringComparer.Ordinal)];
        return possible.Length < 2 ? possible.FirstOrDefault() : throw new InputException(
            $"expected one field of classes in {file}, found text in {ClassSet.Words([.. possible.Take(10)])}; give "
                + "the JSON export of Label Studio, which says what is a class");
    }

    // of the image: several of one control, which says so itself
    private static bool IsChoices(JsonElement value) => value.ValueKind == JsonValueKind.Object
        && value.Field("choices") is not null && !_places.Any(p => value.Field(p) is not null);

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String
        || value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().Any(i => i.ValueKind == JsonValueKind.String);
}
