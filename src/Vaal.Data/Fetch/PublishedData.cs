namespace Vaal.Data.Fetch;

/// <summary>The data sets that Vaal knows by name: fetched from their publishers and verified by checksums.</summary>
public static class PublishedData
{
    /// <summary>Names, in the order of <see cref="List"/>.</summary>
    public static IEnumerable<string> Names => DataSources.All.Keys;

    /// <summary>Every data set: its size, its terms, and what of it is in a folder.</summary>
    /// <param name="root">folder of data sets; null: in the user's cache folder</param>
    public static Report List(string? root = null) => new PublishedSets(root);

    /// <summary>Downloads, verifies and unpacks one; the same call continues a stopped one.</summary>
    /// <param name="root">folder of data sets; null: in the user's cache folder, where
    /// <see cref="DataFormats.Load"/> finds it by its name</param>
    /// <param name="from">address of a folder on another server with the same files; null: the publisher's</param>
    /// <exception cref="InputException">there is no such set, or it cannot be fetched</exception>
    public static FetchReport Fetch(string name, string? root = null, string? from = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        var (store, source) = (new DataStore(root), DataSources.Named(name));
        var fetched = store.Fetch(source, new FetchOptions { From = from, Report = report, Cancel = cancel });
        return new(source.Name, fetched, store.Folder(source)) { Terms = source.Terms };
    }

    /// <summary>Verifies every file of one.</summary>
    /// <returns>what is missing or damaged, empty where every file is as it was published; and where the set
    /// lies</returns>
    /// <exception cref="InputException">there is no such set</exception>
    public static (IReadOnlyList<string> Problems, string Folder) Check(
        string name, string? root = null, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        var (store, source) = (new DataStore(root), DataSources.Named(name));
        return (store.Check(source, report, cancel), store.Folder(source));
    }
}
