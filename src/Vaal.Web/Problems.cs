using Microsoft.AspNetCore.Http;

namespace Vaal.Web;

/// <summary>The answer to a request that cannot be done: a status and one sentence.</summary>
internal static class Problems
{
    public static IResult Because(int status, string sentence) => Results.Json(new { error = sentence },
        statusCode: status);

    public static IResult Mistake(string sentence) => Because(StatusCodes.Status400BadRequest, sentence);

    public static IResult NotFound(string sentence) => Because(StatusCodes.Status404NotFound, sentence);
}
