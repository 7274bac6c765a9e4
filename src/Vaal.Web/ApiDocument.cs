using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Vaal.Web;

/// <summary>
/// What <c>/openapi.json</c> says besides the fields of requests and answers: which words a field takes, what points
/// are, how a script signs in, and how a request is refused.
/// </summary>
internal static class ApiDocument
{
    private const string Error = nameof(Problems.ErrorJson), Token = "token";

    private static readonly int[] _refusals = [400, 401, 421, 429], _refusalsOfWrites = [403, 413, 415];

    private static readonly (string Path, int Status)[] _further =
    [
        ("/api/v1/labels", 409), ("/api/v1/undo", 409), ("/api/v1/classes", 409), ("/api/v1/settings", 409),
        ("/api/v1/queue", 404), ("/api/v1/images/{id}", 404), ("/api/v1/similar/{id}", 404),
        ("/images/{id}/thumb", 404), ("/images/{id}/tile", 404), ("/images/{id}/full", 404),
        ("/api/v1/grid", 403), ("/api/v1/search", 403), ("/api/v1/disagreements", 403), ("/api/v1/map", 503),
        ("/api/v1/similar/{id}", 503),
    ];

    // by schema and field, or by path and parameter
    private static readonly (string Of, string Name, string[] Words)[] _words =
    [
        ("OpJson", "kind", ["label", "shapes", "unsure", "unusable", "clear"]),
        ("ShapeJson", "kind", ["box", "polygon", "brush"]),
        ("ClassChange", "action", ["add", "rename", "merge", "color", "key"]),
        ("SettingsChange", "kind", ["classes", "multi", "shapes"]),
        ("SettingsChange", "strategy", Reranker.Strategies),
        ("ProjectJson", "kind", ["classes", "multi", "shapes"]),
        ("ImageJson", "split", ["pool", "test"]),
        ("ImageJson", "state", ["unlabelled", "labelled", "unsure", "unusable", "broken"]),
        ("/api/v1/queue", "split", ["pool", "test"]),
        ("/api/v1/groups", "by", ["cluster", "class", "filter"]),
        ("/api/v1/grid", "by", ["cluster", "class", "search", "filter", "selection", "similar", "duplicates"]),
        ("/api/v1/search", "filter", [.. LookApi.Filters, "broken"]),
        ("/api/v1/search", "split", ["pool", "test"]),
    ];

    private static readonly (string Of, string Name, string Says)[] _meanings =
    [
        ("OpJson", "op", "an id of 1 to 64 characters, another for each operation; sent again, it is saved once"),
        ("OpJson", "classes", "one class; several, or none, where an image may have several"),
        ("OpJson", "step", "operations of one step are one entry of the ledger, which undo takes back as a whole"),
        ("OpJson", "add", "the classes join those that the image has, where it may have several"),
        ("ShapeJson", "points", "[x, y] in pixels of the original image. A box has two opposite corners, a polygon "
            + "has one ring of at least three points."),
        ("ShapeJson", "rings", "[x, y] in pixels of the original image: the rings of a brush, each of at least three "
            + "points; a ring inside another is a hole"),
    ];

    /// <summary>Completes the document that the endpoints make.</summary>
    public static void Complete(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "vaal serve",
            Version = "v1",
            Description = "Label the images of a workspace. Scripts send 'Authorization: Bearer TOKEN'; "
                + "'vaal annotator add' prints a token.",
        };
        document.Servers = [];
        document.AddComponent(Error, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "error" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["error"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "one sentence for people" },
            },
        });
        document.AddComponent(Token, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "a token of 'vaal annotator add'",
        });
        document.Security = [new() { [new OpenApiSecuritySchemeReference(Token, document)] = [] }];
        foreach (var (path, item) in document.Paths)
        {
            if (item.Operations is not { } operations) continue;
            foreach (var (method, operation) in operations) Complete(document, path, method, operation);
        }
        foreach (var (of, name, words) in _words.Where(w => w.Of[0] != '/')) Say(FieldOf(document, of, name), words);
        foreach (var (of, name, says) in _meanings) FieldOf(document, of, name).Description = says;
    }

    /// <summary>A number whose converter is our own has no type by itself.</summary>
    public static void Complete(OpenApiSchema schema, Type type)
    {
        if (type == typeof(double)) schema.Type = JsonSchemaType.Number;
        if (type == typeof(double?)) schema.Type = JsonSchemaType.Number | JsonSchemaType.Null;
    }

    private static void Complete(OpenApiDocument document, string path, HttpMethod method, OpenApiOperation operation)
    {
        var responses = operation.Responses ??= new();
        if (path.StartsWith("/images/", StringComparison.Ordinal))
            responses["200"] = Answer("the picture", "image/*", new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Format = "binary",
            });
        if (path == "/health")                                                       // anybody may ask
        {
            operation.Security = [];
            return;
        }
        int[] refusals = [.. _refusals, .. (method == HttpMethod.Post ? _refusalsOfWrites : []),
            .. _further.Where(f => f.Path == path).Select(f => f.Status)];
        foreach (var status in refusals.Order())
            responses[$"{status}"] = Answer(ReasonPhrases.GetReasonPhrase(status), "application/json",
                new OpenApiSchemaReference(Error, document));
        foreach (var parameter in operation.Parameters ?? [])
            foreach (var (of, name, words) in _words)
                if (of == path && name == parameter.Name) Say(parameter.Schema as OpenApiSchema, words);
    }

    private static OpenApiResponse Answer(string says, string type, IOpenApiSchema schema) => new()
    {
        Description = says,
        Content = new Dictionary<string, OpenApiMediaType> { [type] = new() { Schema = schema } },
    };

    private static OpenApiSchema FieldOf(OpenApiDocument document, string schema, string name) =>
        document.Components?.Schemas?.TryGetValue(schema, out var of) == true
        && of.Properties?.TryGetValue(name, out var field) == true && field is OpenApiSchema found ? found
            : throw new InvalidOperationException($"the API has no {schema}.{name}");

    private static void Say(OpenApiSchema? field, string[] words)
    {
        if (field is null) return;
        var orNull = field.Type?.HasFlag(JsonSchemaType.Null) == true;
        field.Type = JsonSchemaType.String | (orNull ? JsonSchemaType.Null : 0);
        field.Enum = [.. words.Select(word => JsonValue.Create(word)!)];
        if (orNull) field.Enum.Add(JsonNullSentinel.JsonNull);
    }
}
