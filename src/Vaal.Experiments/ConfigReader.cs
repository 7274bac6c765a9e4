using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Vaal.Models;
using Vaal.Training;

namespace Vaal.Experiments;

/// <summary>Reads a configuration layer on layer, each changing some options of the one below, and collects every fault
/// with its line.</summary>
internal sealed class ConfigReader
{
    private static readonly JsonDocumentOptions Lenient =
        new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly JsonReaderOptions Reading =
        new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly Dictionary<Type, Func<string, JsonObject?>> Presets = new()
    {
        [typeof(VaalOptions)] = name => VaalOptions.ByPreset.TryGetValue(name, out var p) ? Defaults(p) : null,
        [typeof(TaskOptions)] = name => TaskOptions.ByPreset.TryGetValue(name, out var p) ? Defaults(p) : null,
    };

    private readonly string _source;
    private readonly Dictionary<string, int> _lines;                                 // by place: $.pools[2].noise
    private readonly List<(int Line, string Words)> _faults = [];

    private ConfigReader(string source, JsonObject root, Dictionary<string, int> lines) =>
        (_source, Root, _lines) = (source, root, lines);

    public JsonObject Root { get; }

    /// <exception cref="InputException">it is not a JSON object, or has a key twice</exception>
    public static ConfigReader Open(string json, string source)
    {
        try
        {
            var lines = Lines(json);
            // before JsonNode: that one only notices a doubled key when it is read
            using var document = JsonDocument.Parse(json, Lenient);
            return JsonNode.Parse(json, documentOptions: Lenient) is JsonObject root
                ? new(source, root, lines)
                : throw new InputException($"{source} is not a JSON object; expected a bench configuration");
        }
        catch (JsonException e)
        {
            throw new InputException($"{source}, line {e.LineNumber + 1}: expected JSON"
                + (e.BytePositionInLine is null ? $"; {e.Message}" : $", found {Found(json, e)}"), e);
        }
    }

    // where the parser stopped; its own words are of tokens and payloads
    private static string Found(string json, JsonException e)
    {
        try
        {
            var begun = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), isFinalBlock: false, new(Reading));
            while (begun.Read()) { }
            return "the end of the file";
        }
        catch (JsonException) { }                                                    // more text would not mend it
        var lines = json.Split('\n').Skip((int)(e.LineNumber ?? 0));
        var rest = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var at = (int)Math.Min(e.BytePositionInLine ?? 0, rest.Length);
        var text = Encoding.UTF8.GetString(rest, at, rest.Length - at);
        if (text.StartsWith('\n') || text.StartsWith('\r')) return "the end of the line";
        if (text.StartsWith('\t')) return "a tab";
        return $"'{text.TrimStart().EnumerateRunes().FirstOrDefault()}'";
    }

    /// <summary>Every option with its value. What is computed of them is no option.</summary>
    public static JsonObject Defaults<T>(T options)
    {
        var all = JsonSerializer.SerializeToNode(options, Json.Options)!.AsObject();
        var computed = all.Select(p => p.Key).Except(Keys(typeof(T))).ToList();
        foreach (var key in computed) all.Remove(key);
        return all;
    }

    private static IEnumerable<string> Keys(Type type) =>
        Json.Options.GetTypeInfo(type).Properties.Where(p => p.Set is not null).Select(p => p.Name);

    /// <summary>The options with some of them changed; nested ones likewise, from a preset on where one is
    /// named.</summary>
    public static T Changed<T>(JsonObject options, JsonObject changes)
    {
        var whole = options.DeepClone().AsObject();
        Merge(typeof(T), whole, changes);
        return whole.Deserialize<T>(Json.Options)!;
    }

    /// <summary>Puts what is given over the layers below: each key belongs to one of the records.</summary>
    /// <param name="types">of the records</param>
    /// <param name="below">one for each</param>
    /// <param name="others">keys that somebody else reads</param>
    /// <param name="refused">those that cannot be set here, which no message offers</param>
    public JsonObject[] Layer(
        Type[] types, JsonObject[] below, JsonObject given, string place, string[] others, string[] refused)
    {
        JsonObject[] above = [.. below.Select(b => b.DeepClone().AsObject())];
        var known = above.SelectMany(b => b.Select(p => p.Key)).Concat(others).Except(refused).ToArray();
        foreach (var (key, value) in given)
        {
            if (others.Contains(key)) continue;
            var at = Array.FindIndex(above, b => b.ContainsKey(key));
            if (at < 0) Fault($"{place}.{key}", $"unknown key '{key}'{Suggestion.InWords(key, known)}");
            else if (Fits(types[at], key, value, $"{place}.{key}")) Merge(
                types[at], above[at], new JsonObject { [key] = value?.DeepClone() });
        }
        return above;
    }

    public string Text(JsonObject from, string key, string otherwise, string place = "$")
    {
        if (!from.TryGetPropertyValue(key, out var value)) return otherwise;
        return value is JsonValue v && v.TryGetValue<string>(out var text) ? text
            : Fault($"{place}.{key}", $"{key} is {value?.ToJsonString() ?? "null"}; expected text", otherwise);
    }

    public IReadOnlyList<long> Numbers(JsonObject from, string key, long[] otherwise)
    {
        if (!from.TryGetPropertyValue(key, out var value)) return otherwise;
        var numbers = (value as JsonArray)?.Select(
            v => v is JsonValue n && n.TryGetValue<long>(out var number) ? number : (long?)null).ToArray();
        if (numbers is not { Length: > 0 } || numbers.Contains(null))
            return Fault(
                $"$.{key}", $"{key} is {value?.ToJsonString() ?? "null"}; "
                + "expected a list of whole numbers, such as [1, 2, 3, 4, 5]", otherwise);
        if (numbers.Distinct().Count() < numbers.Length)
            Fault($"$.{key}", $"{key} has a number twice: {value!.ToJsonString()}");
        return [.. numbers.Select(n => n!.Value)];
    }

    /// <summary>A name that can name a folder, and that nothing else in the list has.</summary>
    public string Name(JsonObject from, string place, IEnumerable<string> taken, string? otherwise = null)
    {
        if (!from.ContainsKey("name") && otherwise is null)
            return Fault(place, "'name' is missing; it names the pool in tables", "");
        var name = Text(from, "name", otherwise ?? "", place);
        if (name.Length is 0 or > 60
            || name.Any(c => !char.IsLetterOrDigit(c) && !" .,_-+%()=".Contains(c, StringComparison.Ordinal))
            || name[0] is ' ' or '.' || name[^1] is ' ' or '.')
            return Fault(
                $"{place}.name",
                $"the name '{name}' cannot be used; expected 1 to 60 letters, digits, blanks and .,_-+%()=, with " +
                $"no blank or dot at its ends", name);
        return taken.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? Fault($"{place}.name", $"the name '{name}' is there twice; give one of them another 'name'", name)
            : name;
    }

    public void Fault(string place, string words)
    {
        var at = place;
        while (!_lines.ContainsKey(at) && at.LastIndexOfAny(['.', '[']) is var cut and > 0) at = at[..cut];
        var fault = (_lines.GetValueOrDefault(at, 1), place == "$" ? words : $"{place[2..]}: {words}");
        if (!_faults.Contains(fault)) _faults.Add(fault);
    }

    public T Fault<T>(string place, string words, T otherwise)
    {
        Fault(place, words);
        return otherwise;
    }

    public void ThrowIfAny()
    {
        if (_faults.Count == 0) return;
        var list = _faults.OrderBy(f => f.Line).Select(f => $"line {f.Line}, {f.Words}");
        throw new InputException($"{_source} has {Counted.Of(_faults.Count, "fault")}: {string.Join("; ", list)}");
    }

    private bool Fits(Type type, string key, JsonNode? value, string place)
    {
        var wanted = Property(type, key).PropertyType;
        if (Presets.TryGetValue(wanted, out var preset))
        {
            if (value is not JsonObject nested)
                return Fault(
                    place, $"{value?.ToJsonString() ?? "null"} was found; expected an object of options, such as " +
                    $"{{\"preset\": \"official\"}}", false);
            if (nested.ContainsKey("preset") && preset(Text(nested, "preset", "", place)) is null)
            {
                var presets = wanted == typeof(VaalOptions) ? VaalOptions.Presets : TaskOptions.Presets;
                var found = nested["preset"]?.ToJsonString() ?? "null";
                return Fault(
                    $"{place}.preset", $"no preset {found}; there are: {string.Join(", ", presets)}", false);
            }
            string[] known = [.. Keys(wanted)];
            var fits = true;
            foreach (var (inner, v) in nested.Where(p => p.Key != "preset"))
                fits &= known.Contains(inner)
                    ? Fits(wanted, inner, v, $"{place}.{inner}")
                    : Fault($"{place}.{inner}", $"unknown key '{inner}'{Suggestion.InWords(inner, known)}", false);
            return fits;
        }
        try
        {
            _ = value.Deserialize(wanted, Json.Options);
            if ((value is not null || Property(type, key).IsSetNullable) && IsOneName(wanted, value)) return true;
        }
        catch (JsonException) { }                                                    // its words speak of .NET types
        return Fault(place, $"{key} is {value?.ToJsonString() ?? "null"}; expected {Wanted(wanted)}", false);
    }

    private static void Merge(Type type, JsonObject options, JsonObject changes)
    {
        foreach (var (key, value) in changes)
        {
            if (value is JsonObject nested && Presets.TryGetValue(Property(type, key).PropertyType, out var preset))
            {
                if (nested["preset"] is { } name) options[key] = preset(name.GetValue<string>());
                else if (RecipeOfItsOwn(options[key]!, nested) is { } recipe) options[key] = recipe;
                foreach (var (inner, v) in nested.Where(p => p.Key != "preset")) options[key]![inner] = v?.DeepClone();
            }
            else options[key] = value?.DeepClone();
        }
    }

    // some networks are trained by a recipe of their own, such as those for masks
    private static JsonObject? RecipeOfItsOwn(JsonNode before, JsonObject changes)
    {
        string? was = before["model"]?.GetValue<string>(), now = changes["model"]?.GetValue<string>();
        return now is not null && now != was && TaskModels.Names.Contains(now)
            && (TaskOptions.HasRecipe(now) || TaskOptions.HasRecipe(was))
                ? Defaults(TaskOptions.For(now))
                : null;
    }

    // of a choice the reader takes numbers and lists of names too
    private static bool IsOneName(Type type, JsonNode? value) => value is null
        || (Nullable.GetUnderlyingType(type) ?? type) is not { IsEnum: true } choice
        || (value is JsonValue v && v.TryGetValue<string>(out var name)
            && Enum.GetNames(choice).Contains(name, StringComparer.OrdinalIgnoreCase));

    private static JsonPropertyInfo Property(Type type, string key) =>
        Json.Options.GetTypeInfo(type).Properties.First(p => p.Name == key);

    private static string Wanted(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(int) || plain == typeof(long)
            ? "a whole number"
            : plain == typeof(double)
            ? "a number"
            : plain == typeof(bool)
            ? "true or false"
            : plain == typeof(string)
            ? "text"
            : plain.IsEnum
            ? $"one of {string.Join(", ", Enum.GetNames(plain).Select(JsonNamingPolicy.CamelCase.ConvertName))}"
            : "a list of whole numbers";
    }

    /// <summary>The line on which each value begins.</summary>
    private static Dictionary<string, int> Lines(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, Reading);
        // Item: -1 in an object
        var (lines, path) = (new Dictionary<string, int>(), new Stack<(string Place, int Item)>());
        var (place, line, counted) = ("$", 1, 0);
        while (reader.Read())
        {
            for (; counted < reader.TokenStartIndex; counted++) if (bytes[counted] == '\n') line++;
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                path.Pop();
                continue;
            }
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                place = $"{path.Peek().Place}.{reader.GetString()}";
                if (!lines.TryAdd(place, line))
                    throw new JsonException($"found the key '{reader.GetString()}' twice.", null, line - 1, null);
                continue;
            }
            if (path.Count > 0 && path.Peek() is var (list, item) && item >= 0)
            {
                place = $"{list}[{item}]";
                path.Pop();
                path.Push((list, item + 1));
            }
            lines.TryAdd(place, line);
            if (reader.TokenType == JsonTokenType.StartObject) path.Push((place, -1));
            if (reader.TokenType == JsonTokenType.StartArray) path.Push((place, 0));
        }
        return lines;
    }
}
