using Microsoft.AspNetCore.Http;

namespace Vaal.Web;

/// <summary>The answer to a request that cannot be done: a status and one sentence.</summary>
internal static class Problems
{
    public static IResult Because(int status, string sentence) => Results.Json(new { error = sentence },
        statusCode: status);

    public static IResult Mistake(string sentence) => Because(StatusCodes.Status400BadRequest, sentence);

    /// <summary>The id of an operation, which tells it from every other.</summary>
    /// <exception cref="InputException">it is none</exception>
    public static string Id(string? op) => op is { Length: > 0 and <= 64 } ? op
        : throw new InputException($"expected an operation id of 1 to 64 characters, found {op?.Length ?? 0}");

    public static IResult NotFound(string sentence) => Because(StatusCodes.Status404NotFound, sentence);
}
