using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Data.Labels;

namespace Vaal.Web;

/// <summary>
/// What Label Studio asks of a machine-learning back end: the head's prediction of each task, with a score that orders
/// tasks by what is worth labelling.
/// </summary>
internal static partial class LabelStudioApi
{
    private const int MostTasks = 10_000;

    public static void Map(IEndpointRouteBuilder app, Serving serving)
    {
        app.MapGet("/health", () => Results.Json(new { status = "UP", model_class = "Vaal" }));
        app.MapPost("/setup", () => Results.Json(new { model_version = VersionOf(serving.Learner.Now) }));
        app.MapPost("/predict", (JsonElement request) =>
        {
            if (request.ValueKind != JsonValueKind.Object || !request.TryGetProperty("tasks", out var tasks)
                || tasks.ValueKind != JsonValueKind.Array || tasks.GetArrayLength() > MostTasks)
                return Problems.Mistake($"expected at most {MostTasks} tasks, found another request");
            var config = request.TryGetProperty("label_config", out var xml) && xml.ValueKind == JsonValueKind.String
                ? xml.GetString() : null;
            return Results.Json(new { results = Predict(serving, [.. tasks.EnumerateArray()], TagsIn(config)) });
        });
        // it tells of annotations; they come back by 'vaal import'
        app.MapPost("/webhook", () => Results.Json(new { result = new { }, status = "ok" },
            statusCode: StatusCodes.Status201Created)).Produces(StatusCodes.Status201Created);
    }

    private static string VersionOf(Learned? learned) => learned?.Head is null ? "vaal-0"
        : string.Create(CultureInfo.InvariantCulture, $"vaal-{learned.Labels}");

    private static List<object> Predict(
        Serving serving, JsonElement[] tasks, (string From, string To, string Key) tags) =>
        serving.Live.With((_, b) =>
        {
            var learned = serving.Learner.Now;
            var usable = learned?.Head is not null && learned.Index.Images == b.Rows;
            var names = new Lazy<(ImageNames Names, Dictionary<string, int> At)>(() => (
                new(b.Rows.Select(r => r.Path)),
                b.Rows.Index().ToDictionary(r => r.Item.Path, r => r.Index)));
            return tasks.Select(task =>
            {
                var path = ImageIn(task, tags.Key) is { } name ? names.Value.Names.Resolve(name, out string? _) : null;
                var at = usable && path is not null ? names.Value.At[path] : -1;
                // a prediction would bias the test, and labels that are given blind
                if (at >= 0 && (b.Rows[at].Test || serving.IsOverlapped(b, at))) at = -1;
                if (at >= 0 && b.MultiLabel) return OfSeveral(learned!, at, tags);
                var made = at >= 0 ? learned!.Predicted(at) : null;
                return made is null
                    ? new { model_version = VersionOf(learned), score = 0.0, result = Array.Empty<object>() }
                    : (object)new
                    {
                        model_version = VersionOf(learned),
                        score = made.Probability,
                        result = new[]
                        {
                            new
                            {
                                from_name = tags.From,
                                to_name = tags.To,
                                type = "choices",
                                value = new { choices = new[] { made.Class } },
                                score = made.Probability,
                            },
                        },
                    };
            }).ToList();
        });

    // the score is that of the least sure class: tasks are ordered by it
    private static object OfSeveral(Learned learned, int position, (string From, string To, string Key) tags)
    {
        var all = learned.PredictedSet(position, 0);
        var sure = all.Select(c => Math.Max(c.Probability, 1 - c.Probability)).DefaultIfEmpty(0).Min();
        return new
        {
            model_version = VersionOf(learned),
            score = sure,
            result = new[]
            {
                new
                {
                    from_name = tags.From,
                    to_name = tags.To,
                    type = "choices",
                    value = new { choices = all.Where(c => c.Probability >= 0.5).Select(c => c.Class).ToArray() },
                    score = sure,
                },
            },
        };
    }

    /// <summary>Names of the Choices and the Image of a labelling interface, and the task's field that holds the
    /// image.</summary>
    internal static (string From, string To, string Key) TagsIn(string? config)
    {
        try
        {
            if (config is null) return ("label", "image", "image");
            using var reader = XmlReader.Create(new StringReader(config),
                new() { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersInDocument = 1_000_000 });
            var view = XDocument.Load(reader);
            var image = view.Descendants("Image").FirstOrDefault();
            var choices = view.Descendants("Choices").FirstOrDefault(c => image is null
                || (string?)c.Attribute("toName") == (string?)image.Attribute("name"))
                ?? view.Descendants("Choices").FirstOrDefault();
            return ((string?)choices?.Attribute("name") ?? "label", (string?)image?.Attribute("name") ?? "image",
                ((string?)image?.Attribute("value") ?? "$image").TrimStart('$'));
        }
        catch (XmlException e)
        {
            throw new InputException($"expected a labelling interface in XML, found something else ({e.Message})", e);
        }
    }

    // its own files, local files (?d=…) and plain paths; the names that 'vaal export' wrote are found in each
    private static string? ImageIn(JsonElement task, string key)
    {
        if (task.ValueKind != JsonValueKind.Object || !task.TryGetProperty("data", out var data)
            || data.ValueKind != JsonValueKind.Object) return null;
        var text = data.TryGetProperty(key, out var value) || data.TryGetProperty("image", out value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : null : null;
        if (text is null) return null;
        var local = LocalFile().Match(text);
        return Uri.UnescapeDataString(local.Success ? local.Groups[1].Value : text);
    }

    [GeneratedRegex(@"[?&]d=([^&]+)")]
    private static partial Regex LocalFile();
}
