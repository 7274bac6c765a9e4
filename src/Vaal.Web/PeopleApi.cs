using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>Where people who labelled the same images agree, and where somebody has to settle.</summary>
internal static class PeopleApi
{
    public sealed record VoteJson(string By, IReadOnlyList<string> Classes);

    public sealed record DisagreementJson(ImageJson Image, IReadOnlyList<VoteJson> Votes);

    public sealed record AgreementJson(double Estimate, double? Low, double? High);

    public sealed record ClassAgreementJson(string Name, int Images, double Agreed, AgreementJson? Alpha);

    public sealed record DisagreementsJson(IReadOnlyList<DisagreementJson> Items, int Total, int Twice,
        AgreementJson? Kappa, AgreementJson? Alpha, IReadOnlyList<ClassAgreementJson> PerClass);

    public static void Map(IEndpointRouteBuilder api, Serving serving) =>
        api.MapGet("/disagreements", (HttpContext http, int? count, int? offset) =>
            Guard.PersonIn(http) is { Owner: true } person
                ? Results.Json(Disagreements(serving, person, count ?? 48, offset ?? 0)) : Hidden())
            .Produces<DisagreementsJson>();

    /// <summary>The refusal of what would tell a labeller what others said.</summary>
    public static IResult Hidden() => Problems.Because(StatusCodes.Status403Forbidden,
        "expected the owner, found a labeller: what others said stays hidden until it is settled");

    private static DisagreementsJson Disagreements(Serving serving, Workspace.Admitted person, int count, int offset)
    {
        // labelling waits for what is read, and not for what it comes to
        var (twice, items, open) = serving.With(person, seen =>
        {
            var b = seen.Board;
            var several = b.Votes.Where(v => v.Value.Count > 1 && b.PositionOf(v.Key) >= 0).ToList();
            var differ = several.Where(v => v.Value.DistinctBy(x => x.Said).Count() > 1
                && !b.IsSettled(b.PositionOf(v.Key))).OrderBy(v => v.Key).ToList();
            return (several.ConvertAll(v => v.Value), differ.Skip(Math.Max(0, offset)).Take(Math.Clamp(count, 1, 200))
                .Select(v => new DisagreementJson(seen.Image(b.PositionOf(v.Key)),
                    [.. v.Value.Select(x => new VoteJson(x.Who, x.Classes))])).ToList(), differ.Count);
        });
        string[] people = [.. twice.SelectMany(v => v).Select(v => v.Who).Distinct().Order(StringComparer.Ordinal)];
        // κ is of two people
        var kappa = people.Length != 2 ? null : Agreement.Kappa([.. twice.Select(v => (
            v.First(x => x.Who == people[0]).Said, v.First(x => x.Who == people[1]).Said))]);
        // of several classes an image, two people say the same only where they name the same classes
        string[][] units = [.. twice.Select(v => v.Select(x => x.Said).ToArray())];
        IReadOnlyList<string>[][] sets = [.. twice.Select(v => v.Select(x => x.Classes).ToArray())];
        return new(items, open, twice.Count, Of(kappa), Of(Agreement.Alpha(units)), PerClass(sets));
    }

    // one class against all others
    private static List<ClassAgreementJson> PerClass(IReadOnlyList<string>[][] units) => [.. units
        .SelectMany(u => u).SelectMany(c => c).Distinct().Order(StringComparer.Ordinal).Select(name =>
        {
            var with = units.Where(u => u.Any(c => c.Contains(name))).ToList();
            string[][] binary = [.. units.Select(u => u.Select(c => c.Contains(name) ? "yes" : "no").ToArray())];
            return new ClassAgreementJson(name, with.Count,
                (double)with.Count(u => u.All(c => c.Contains(name))) / with.Count, Of(Agreement.Alpha(binary)));
        })];

    private static AgreementJson? Of(Interval? i) => i is not { } known ? null
        : new(known.Estimate, Finite(known.Low), Finite(known.High));

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
