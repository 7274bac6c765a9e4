using System.Text.Json;

namespace Vaal.Tests;

/// <summary>All of a result as text, to compare two of them: what only files hold is in it too.</summary>
internal static class AsJson
{
    public static string Of<T>(T result) => JsonSerializer.Serialize(result, Json.Options);
}
