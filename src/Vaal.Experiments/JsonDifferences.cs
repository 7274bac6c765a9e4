using System.Text.Json.Nodes;

namespace Vaal.Experiments;

/// <summary>Where two JSON documents differ, in words.</summary>
internal static class JsonDifferences
{
    /// <summary>One line a difference: <c>options.budget there is 100, here 200</c>.</summary>
    public static IEnumerable<string> Between(JsonNode? found, JsonNode? wanted, string path = "")
    {
        if (found is JsonObject a && wanted is JsonObject b)
        {
            foreach (var name in a.Select(p => p.Key).Union(b.Select(p => p.Key)))
                foreach (var difference in Between(a[name], b[name], path.Length == 0 ? name : $"{path}.{name}"))
                    yield return difference;
        }
        else if (
            !JsonNode.DeepEquals(found, wanted)) yield return $"{path} there is {Short(found)}, here {Short(wanted)}";
    }

    private static string Short(JsonNode? node) =>
        node?.ToJsonString() is not { } text ? "nothing" : text.Length <= 120 ? text : text[..120] + "…";
}
