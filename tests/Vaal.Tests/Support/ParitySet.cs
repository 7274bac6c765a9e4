using System.Security.Cryptography;
using System.Text.Json;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Tests;

/// <summary>
/// One set of reference numbers made with the authors' code. VAAL_PARITY names the folder, and then no other is looked
/// at. Without it the part committed under Parity/ is used, and the whole set beside the checkout (VAAL_PARITY_FULL) if
/// there is one.
/// </summary>
public sealed class ParitySet : IDisposable
{
    private readonly Dictionary<string, Dictionary<string, Tensor>> _files = [];

    private ParitySet(string folder) => Folder = folder;

    public string Folder { get; }

    public static ParitySet Open(string folder) => new(folder);

    /// <summary>The folders that hold every one of <paramref name="files"/>.</summary>
    public static IEnumerable<TheoryDataRow<string>> With(params string[] files)
    {
        var named = Named();
        var folders = Holding(named.Length > 0 ? named : Ours(), files);
        if (folders.Count == 0 && Environment.GetEnvironmentVariable("VAAL_REQUIRE") == "all")
            throw new InvalidOperationException($"no parity folder has {string.Join(", ", files)}");
        return folders.Count > 0
            ? folders.Select(f => new TheoryDataRow<string>(f))
            : [new TheoryDataRow<string>("") { Skip = Reason(named, files) }];
    }

    // another set in place of the named one would prove nothing of it
    private static string Reason(string[] named, string[] files) => named.Length > 0
        ? $"{named[0]}, which VAAL_PARITY names, lacks {string.Join(", ", files)}"
        : $"no parity folder with {string.Join(", ", files)}; name one with VAAL_PARITY";

    private static List<string> Holding(IEnumerable<string> folders, string[] files) =>
        [.. folders.Where(f => files.All(name => File.Exists(Path.Combine(f, name))))
            .DistinctBy(f => Digest(f, files))];

    // the committed part and the whole set hold some of the same files, and once is enough
    private static string Digest(string folder, string[] files) =>
        string.Join(' ', files.Select(f => File.ReadAllBytes(Path.Combine(folder, f)))
            .Select(bytes => Convert.ToHexString(SHA256.HashData(bytes))));

    private static string[] Named() =>
        Environment.GetEnvironmentVariable("VAAL_PARITY") is { Length: > 0 } named ? [Path.GetFullPath(named)] : [];

    private static string[] Ours()
    {
        var full = Environment.GetEnvironmentVariable("VAAL_PARITY_FULL")
            ?? Path.Combine(Repository.Root, "..", "shared", "parity", "a");
        return [Path.Combine(Repository.Root, "tests", "Vaal.Tests", "Parity", "a"), Path.GetFullPath(full)];
    }

    public JsonElement Json(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file))).RootElement;

    public bool Has(string file, string name) =>
        File.Exists(Path.Combine(Folder, file)) && Tensors(file).ContainsKey(name);

    /// <summary>A tensor of one of the set's files, in the type it is stored in.</summary>
    public Tensor this[string file, string name] => Tensors(file)[name];

    public IReadOnlyDictionary<string, Tensor> Tensors(string file)
    {
        if (_files.TryGetValue(file, out var tensors)) return tensors;
        tensors = Safetensors.Load(Path.Combine(Folder, file));
        foreach (var value in tensors.Values) value.DetachFromDisposeScope();
        return _files[file] = tensors;
    }

    public void Dispose()
    {
        foreach (var value in _files.Values.SelectMany(f => f.Values)) value.Dispose();
    }
}
