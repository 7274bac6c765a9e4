using System.Text.RegularExpressions;

namespace Vaal.Data.Labels;

// How Label Studio names the files that are uploaded to it.
internal sealed partial class ImageNames
{
    /// <summary>Whether a name says that Label Studio has given it, on upload.</summary>
    internal static bool IsUpload(string name) => Upload().IsMatch(name) || Media().IsMatch(name);

    /// <summary>Whether Label Studio may have put eight letters and digits before a name, or somebody else.</summary>
    private static bool MayBeUpload(string name) => UploadPrefix().IsMatch(FileOf(Spellings(name).Last()));

    /// <summary>Whether all names, two or more, begin as Label Studio's uploads do: a single one may be anybody's, as
    /// <c>deadbeef-c.png</c> is another image than <c>c.png</c>.</summary>
    internal static bool AreUploads(IEnumerable<string> names)
    {
        string[] different = [.. names.Distinct()];
        return different.Length > 1 && different.All(MayBeUpload);
    }

    /// <summary>
    /// Label Studio stores uploads under a name of letters, digits, <c>-_.</c>, with <c>_</c> for each space.
    /// </summary>
    private static string AsUploaded(string file) => NotInUploads().Replace(file.Trim().Replace(' ', '_'), "");

    [GeneratedRegex("^[0-9a-f]{8}-")] private static partial Regex UploadPrefix();
    [GeneratedRegex(Server + @"data/upload/\d+/([^?#]*)")] private static partial Regex Upload();
    // where the server keeps them, as its exports for COCO say it
    [GeneratedRegex(@"(?:^|[\\/])media[\\/]upload[\\/]\d+[\\/]([0-9a-f]{8}-[^\\/?#]*)$")]
    private static partial Regex Media();
    [GeneratedRegex(@"[^-\w.]")] private static partial Regex NotInUploads();
}
