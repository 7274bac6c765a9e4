namespace Vaal.Data;

/// <summary>A way in which images lie on disk. One file a format, one line in <c>DataFormats.cs</c>.</summary>
public interface IDataFormat
{
    /// <summary>One line for help texts.</summary>
    string Description { get; }

    /// <summary>Whether <paramref name="path"/> looks like this format. Cheap: looks at names and headers, reads no
    /// image.</summary>
    bool Recognises(string path);

    /// <summary>Reads the whole set.</summary>
    /// <exception cref="InputException">the source is missing, damaged or holds nothing that can be used</exception>
    DataSet Load(string path, LoadOptions options);
}
