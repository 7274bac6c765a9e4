using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Onnx;
using Vaal.Data;

namespace Vaal.Encoders;

/// <summary>An ONNX model as it lies on the disk, checked before the runtime sees it.</summary>
internal sealed class OnnxFile
{
    private IReadOnlyList<SameFile> _beside = [];

    private OnnxFile(string path, byte[] bytes, string sha256)
    {
        Path = path;
        Bytes = bytes;
        Sha256 = sha256;
    }

    public string Path { get; }

    public byte[] Bytes { get; }

    /// <summary>Of the file, and of the files beside it that hold its weights; hexadecimal.</summary>
    public string Sha256 { get; private init; }

    /// <summary>Weights lie in other files of the same folder, so the runtime must be given the path.</summary>
    public bool HasExternalData { get; private init; }

    /// <summary>A model whose digest is known.</summary>
    /// <param name="otherwise">what to do where it is missing or another</param>
    /// <exception cref="InputException">it is not there, or it is another file</exception>
    public static OnnxFile Known(string path, string sha256, string otherwise)
    {
        if (!File.Exists(path)) throw new InputException($"expected the model {path}, found none; {otherwise}");
        var bytes = RegularFile.ReadAllBytes(path);
        var found = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return found == sha256 ? new(path, bytes, found) : throw new InputException(
            $"expected {path} with SHA-256 {sha256}, found {bytes.Length:N0} bytes with {found}; {otherwise}");
    }

    /// <summary>A model that the user brings. Weights in other files must lie in its folder or below.</summary>
    /// <exception cref="InputException">there is none, it is no ONNX model, or it refers to files elsewhere</exception>
    public static OnnxFile Read(string path)
    {
        if (!File.Exists(path)) throw new InputException($"expected an ONNX model {path}, found no such file");
        CheckSize(path);
        var model = new SameFile(path);
        var bytes = RegularFile.ReadAllBytes(path);
        var own = SHA256.HashData(bytes);
        var external = External(path, Parse(path, bytes));
        if (external.Count == 0) return new(path, bytes, Convert.ToHexStringLower(own));
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(own);
        List<SameFile> beside = [model];
        foreach (var (name, file) in external)
        {
            sum.AppendData(Encoding.UTF8.GetBytes(name));
            beside.Add(new SameFile(file));
            sum.AppendData(Convert.FromHexString(beside[^1].Sha256));
        }
        return new(path, bytes, Convert.ToHexStringLower(sum.GetHashAndReset()))
        {
            HasExternalData = true,
            _beside = beside,
        };
    }

    /// <summary>Names of the files that hold a model's weights, as it writes them; none where it is no model, which its
    /// opening says.</summary>
    public static IReadOnlyCollection<string> WeightsOf(string path)
    {
        try
        {
            CheckSize(path);
            return Locations(Parse(path, RegularFile.ReadAllBytes(path)));
        }
        catch (InputException)
        {
            return [];
        }
    }

    /// <summary>That the files which the runtime has opened by their names are those of the digest.</summary>
    /// <exception cref="InputException">one has changed since</exception>
    public void Verify()
    {
        foreach (var file in _beside) file.Verify();
    }

    public static ModelProto Parse(string path, byte[] bytes)
    {
        try
        {
            var model = ModelProto.Parser.ParseFrom(bytes);
            return model.Graph is { Node.Count: > 0 } ? model
                : throw new InputException($"expected an ONNX model in {path}, found a file without a graph");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InputException($"expected an ONNX model in {path}, found a damaged or other file: {e.Message}",
                e);
        }
    }

    private static void CheckSize(string path)
    {
        if (RegularFile.Length(path) is > int.MaxValue and var length)
            throw new InputException(
                $"expected a model of at most 2 GiB in {path}, found {length:N0} bytes; "
                + "save its weights as external data beside it");
    }

    private static SortedDictionary<string, string> External(string path, ModelProto model)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Locations(model)) found[name] = Inside(path, folder, name);
        return found;
    }

    private static SortedSet<string> Locations(ModelProto model) => new(Tensors(model.Graph)
        .Where(t => t.DataLocation == TensorProto.Types.DataLocation.External)
        .Select(t => t.ExternalData.FirstOrDefault(e => e.Key == "location")?.Value ?? ""), StringComparer.Ordinal);

    // also through links: what a model names must not read other files of the user's
    private static string Inside(string model, string folder, string name)
    {
        var plain = name.Length > 0 && !name.Contains('\0') && !System.IO.Path.IsPathRooted(name);
        var file = plain ? System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, name)) : "";
        if (!Below(folder, file))
            throw new InputException(
                $"expected the weights of {model} in its own folder, found a path to '{name}'; move them there");
        if (!File.Exists(file)) throw new InputException(
            $"expected the weights of {model} in {file}, found no such file");
        if (!Below(Real(folder), Real(file)))
            throw new InputException(
                $"expected the weights of {model} in its own folder, found a link from '{name}' to {Real(file)}; "
                + "put the file itself there");
        return file;
    }

    private static bool Below(string folder, string file) =>
        file.StartsWith(folder.TrimEnd(System.IO.Path.DirectorySeparatorChar) + System.IO.Path.DirectorySeparatorChar,
            StringComparison.Ordinal);

    /// <summary>The path with every link on the way followed.</summary>
    private static string Real(string path)
    {
        var above = System.IO.Path.GetDirectoryName(path);
        if (above is null) return path;
        var here = System.IO.Path.Combine(Real(above), System.IO.Path.GetFileName(path));
        FileSystemInfo info = Directory.Exists(here) ? new DirectoryInfo(here) : new FileInfo(here);
        return info.ResolveLinkTarget(returnFinalTarget: true) is { } target ? Real(target.FullName) : here;
    }

    private static IEnumerable<TensorProto> Tensors(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer) yield return tensor;
        foreach (var sparse in graph.SparseInitializer)
        {
            if (sparse.Values is not null) yield return sparse.Values;
            if (sparse.Indices is not null) yield return sparse.Indices;
        }
        foreach (var attribute in graph.Node.SelectMany(n => n.Attribute))
        {
            if (attribute.T is not null) yield return attribute.T;
            foreach (var tensor in attribute.Tensors) yield return tensor;
            foreach (var below in attribute.Graphs.Append(attribute.G).Where(g => g is not null))
                foreach (var tensor in Tensors(below)) yield return tensor;
        }
    }
}
